"""Saving searches, each person for themselves."""

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from console.roles import Role
from results import saved_searches
from tests.html import faults

LIST, SAVE = "/results/", "/results/searches/save/"
MODAL = {"HX-Request": "true", "HX-Target": "modal"}


@pytest.fixture
def client(member_client):
    return member_client(Role.VIEWER)


def save(client, name="Guns", query="label=violent_gun&risk=high&risk=medium&before=7&open=x"):
    return client.post(f"{SAVE}?{query}", {"name": name}, headers=MODAL)


class TestSave:
    def test_the_filters_are_saved_without_the_place_in_the_list(self, client):
        response = save(client)

        assert response["HX-Redirect"] == "/results/?label=violent_gun&risk=high&risk=medium"
        assert client.member.saved_searches.get().name == "Guns"
        assertContains(
            client.get(LIST), 'href="/results/?label=violent_gun&amp;risk=high&amp;risk=medium"'
        )

    def test_the_dialog_keeps_the_filters(self, client):
        response = client.get(f"{SAVE}?label=violent_gun&size=50", headers=MODAL)

        assertContains(response, f'hx-post="{SAVE}?label=violent_gun"')
        assert faults(response.content.decode(), is_fragment=True) == []

    @pytest.mark.parametrize(
        ("name", "says"), [("", "This field is required"), ("GUNS", "of that name already")]
    )
    def test_a_name_is_needed_and_is_there_once(self, client, name, says):
        save(client)

        response = save(client, name)

        assert response.status_code == 422
        assertContains(response, says, status_code=422)

    def test_they_have_an_end(self, client, monkeypatch):
        monkeypatch.setattr(saved_searches, "MAX_SEARCHES", 1)
        save(client)

        assertContains(save(client, "Others"), "delete one", status_code=422)

    def test_markup_in_a_name_is_text(self, client):
        save(client, "<script>x</script>")

        assertNotContains(client.get(LIST), "<script>x")


class TestChange:
    def test_a_search_is_renamed_and_deleted(self, client):
        save(client)
        search = client.member.saved_searches.get()

        client.post(f"/results/searches/{search.pk}/", {"name": "Weapons"}, headers=MODAL)
        assert client.member.saved_searches.get().name == "Weapons"
        client.post(f"/results/searches/{search.pk}/delete/", headers=MODAL)

        assert not client.member.saved_searches.exists()

    def test_a_name_that_is_taken_is_refused(self, client):
        save(client)
        save(client, "Others")
        search = client.member.saved_searches.get(name="Others")

        response = client.post(f"/results/searches/{search.pk}/", {"name": "Guns"}, headers=MODAL)

        assertContains(response, "of that name already", status_code=422)

    @pytest.mark.parametrize("address", ["", "delete/"])
    def test_searches_of_others_do_not_exist(self, client, member_client, address):
        other = member_client(Role.ADMINISTRATOR)
        save(other)
        search = other.member.saved_searches.get()

        assertNotContains(client.get(LIST), "Guns")
        response = client.post(f"/results/searches/{search.pk}/{address}", {"name": "x"})
        assert response.status_code == 404
