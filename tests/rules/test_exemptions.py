"""The tabs of switches: exemptions and ignored vocabularies, shown, edited, saved."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertContains, assertNotContains

from console.roles import Role
from libraries.models import Keyword
from rules.changes import CustomLibraryChange, ScopeChange
from rules.models import Service
from rules.services import save_custom_libraries, save_exemptions, save_scope
from tests.factories import (
    ImageLibraryFactory,
    MemberFactory,
    ServiceFactory,
    VocabularyFactory,
)
from tests.html import faults

CODE, GUN, DRUG_TEXT = "baselineCheck_global", "violent_gun", "contraband_drug_tii"
EXEMPTIONS, VOCABULARIES = f"/rules/{CODE}/exemptions/", f"/rules/{CODE}/vocabularies/"
HTMX = {"HX-Request": "true", "HX-Target": "switches-panel"}
TABS = [
    (EXEMPTIONS, ImageLibraryFactory, "exempt_library_ids"),
    (VOCABULARIES, VocabularyFactory, "ignored_vocabulary_ids"),
]
each_tab = pytest.mark.parametrize(("url", "factory", "field"), TABS, ids=["images", "words"])


@pytest.fixture
def service(account):
    return ServiceFactory.create(account=account, code=CODE)


@pytest.fixture
def client(member_client, service):
    return member_client(Role.POLICY_MANAGER)


def sent(*libraries, base=1, edited=None, **values):
    return {
        "on": [one.pk for one in libraries],
        "base_version": base,
        "edited_version": edited or base,
        **values,
    }


def post(client, url, *args, **values):
    return client.post(f"{url}save/", sent(*args, **values), headers=HTMX)


def newest(service):
    service = Service.objects.get(pk=service.pk)
    return service.versions.get(number=service.version)


def link(service, library, label=GUN, field="image_library_id"):
    chosen = CustomLibraryChange(label=label, **{field: library.pk})
    author = MemberFactory.create(account=service.account)
    return save_custom_libraries(
        service=service, changes=[chosen], based_on=newest(service).number, author=author
    )


class TestShow:
    @each_tab
    def test_all_libraries_are_listed_and_off_at_first(
        self, client, account, service, url, factory, field
    ):
        for name in ("Zebra", "Ads"):
            factory.create(account=account, name=name, description="For <b>tests</b>")
        factory.create(name="Foreign")

        response = client.get(url)

        page = response.content.decode()
        assert page.index("Ads") < page.index("Zebra")
        assert "Foreign" not in page
        assert "<b>tests" not in page
        assert page.count("Off</span>") == 2
        assert [one.is_on for one in response.context["switches"]] == [False, False]
        assert faults(page) == []

    def test_sizes_are_counted(self, client, account):
        words = VocabularyFactory.create(account=account)
        for text in ("is", "a"):
            Keyword.objects.create(vocabulary=words, text=text, folded=text)

        response = client.get(VOCABULARIES)

        assert response.context["switches"][0].entry_count == 2

    def test_the_pages_say_what_a_switch_does(self, client, account):
        ImageLibraryFactory.create(account=account)
        VocabularyFactory.create(account=account)

        assertContains(client.get(EXEMPTIONS), "returns nonLabel_lib and no other label")
        response = client.get(VOCABULARIES)
        assertContains(response, "Ignoring vocabulary configuration")
        assertContains(response, "“Here is a small cat” is checked as “Here small cat”")

    @each_tab
    @pytest.mark.parametrize(("role", "links"), [(Role.VIEWER, 0), (Role.POLICY_MANAGER, 1)])
    def test_without_a_library_the_page_says_how_to_get_one(
        self, member_client, service, role, links, url, factory, field
    ):
        response = member_client(role).get(url)

        assertContains(response, "library yet")
        assert response.content.decode().count("Create a") == links
        assert faults(response.content.decode()) == []

    @each_tab
    def test_a_linked_library_is_shown_with_its_labels(
        self, client, account, service, url, factory, field
    ):
        library = factory.create(account=account)
        if url == EXEMPTIONS:
            link(service, library)
        else:
            link(service, library, DRUG_TEXT, "vocabulary_id")

        response = client.get(url)

        assertContains(response, f"{GUN if url == EXEMPTIONS else DRUG_TEXT}_lib")

    @each_tab
    def test_only_policy_managers_edit(self, member_client, account, service, url, factory, field):
        library = factory.create(account=account)
        moderator = member_client(Role.MODERATOR)

        assertNotContains(moderator.get(url), "?edit")
        assert moderator.get(f"{url}?edit").status_code == 403
        assert post(moderator, url, library).status_code == 403
        assert newest(service).number == 1

    @each_tab
    def test_services_of_another_account_are_not_found(
        self, member_client, service, url, factory, field
    ):
        stranger = MemberFactory.create(role=Role.ADMINISTRATOR)
        client = member_client()
        client.force_login(stranger.user)

        assert client.get(url).status_code == 404
        assert post(client, url).status_code == 404

    @each_tab
    @pytest.mark.parametrize("query", ["", "?edit"])
    def test_queries_do_not_grow_with_the_rows(self, client, account, query, url, factory, field):
        factory.create(account=account)
        client.get(url)
        with CaptureQueriesContext(connection) as few:
            client.get(f"{url}{query}")
        factory.create_batch(6, account=account)

        with CaptureQueriesContext(connection) as many:
            client.get(f"{url}{query}")

        assert len(many) == len(few) <= 15


class TestSave:
    @each_tab
    def test_a_save_is_a_version_and_answers_the_panel_with_the_new_header(
        self, client, account, service, url, factory, field
    ):
        first, _second = factory.create_batch(2, account=account)

        response = post(client, url, first, comment="Asked for by marketing")

        version = newest(service)
        assert getattr(version.ruleset, field) == {first.pk}
        assert (version.number, version.author) == (2, client.member)
        assert version.comment == "Asked for by marketing"
        assert response.headers["HX-Push-Url"] == url
        assert "Saved as version 2" in response.headers["HX-Trigger"]
        assertContains(response, 'id="switches-panel"')
        assertContains(response, 'hx-swap-oob="true"')
        assertNotContains(response, "<form")
        assert faults(response.content.decode(), is_fragment=True) == []

    @each_tab
    def test_without_htmx_the_page_says_it_was_saved(self, client, account, url, factory, field):
        library = factory.create(account=account)

        response = client.post(f"{url}save/", sent(library), follow=True)

        assert response.redirect_chain == [(url, 302)]
        assertContains(response, "Saved as version 2")

    @each_tab
    def test_everything_can_be_switched_off_again(
        self, client, account, service, url, factory, field
    ):
        library = factory.create(account=account)
        post(client, url, library)

        post(client, url, base=2)

        assert getattr(newest(service).ruleset, field) == frozenset()

    @each_tab
    def test_a_library_of_another_account_is_refused(
        self, client, account, service, url, factory, field
    ):
        mine, foreign = factory.create(account=account), factory.create(name="Secret plan")

        response = post(client, url, mine, foreign)

        assertContains(response, "no longer exists", status_code=422)
        assertNotContains(response, "Secret plan", status_code=422)
        assert newest(service).number == 1
        assert response.context["switches"][0].is_on

    @each_tab
    @pytest.mark.parametrize(
        "values",
        [
            {"base_version": ""},
            {"edited_version": "99"},
            {"edited_version": "x"},
            {"on": ["x"]},
            {"on": ["9" * 20]},
            {"on": ["9" * 5000]},
            {"on": ["٣"]},
            {"comment": "x" * 201},
        ],
        ids=str,
    )
    def test_what_no_page_sends_is_refused(
        self, client, account, service, url, factory, field, values
    ):
        factory.create(account=account)

        response = client.post(f"{url}save/", sent() | values, headers=HTMX)

        assertContains(response, 'role="alert"', status_code=422)
        assert faults(response.content.decode(), is_fragment=True) == []
        assert newest(service).number == 1

    @each_tab
    def test_a_save_without_a_difference_says_so(self, client, account, url, factory, field):
        factory.create(account=account)

        assertContains(post(client, url), "Nothing differs", status_code=422)

    def test_an_exempt_library_cannot_set_a_label_and_the_page_says_how_to_mend_it(
        self, client, account, service
    ):
        linked = ImageLibraryFactory.create(account=account, name="Guns")
        other = ImageLibraryFactory.create(account=account, name="Logos")
        link(service, linked)

        response = post(client, EXEMPTIONS, linked, other, base=2)

        assertContains(response, f"{GUN}_lib", status_code=422)
        assertContains(response, "leave it off, or unlink it there first", 1, status_code=422)
        assertContains(response, 'aria-invalid="true"', 1, status_code=422)
        assertContains(response, f"/rules/{CODE}/scope/terrorism/", status_code=422)
        assert [one.is_on for one in response.context["switches"]] == [True, True]
        assert faults(response.content.decode(), is_fragment=True) == []
        assert newest(service).number == 2

    def test_a_vocabulary_may_be_ignored_and_set_a_label(self, client, account, service):
        words = VocabularyFactory.create(account=account)
        link(service, words, DRUG_TEXT, "vocabulary_id")
        assertContains(client.get(VOCABULARIES), "Ignoring comes first")

        post(client, VOCABULARIES, words, base=2)

        assert newest(service).ruleset.ignored_vocabulary_ids == {words.pk}


class TestStaleSave:
    @pytest.fixture
    def mei(self, account):
        member = MemberFactory.create(account=account, role=Role.POLICY_MANAGER)
        member.user.first_name = "Mei"
        member.user.save()
        return member

    def test_the_dialog_says_who_changed_what_and_offers_both_ways_on(
        self, client, account, service, mei
    ):
        library = ImageLibraryFactory.create(account=account)
        change = ScopeChange(
            label=GUN,
            enabled=False,
            medium_risk_score=Decimal(60),
            high_risk_score=Decimal(90),
        )
        save_scope(service=service, changes=[change], based_on=1, author=mei, comment="<i>Hm</i>")

        response = post(client, EXEMPTIONS, library, base=1)

        assert response.status_code == 409
        assert response.headers["HX-Retarget"] == "#modal"
        page = response.content.decode()
        assert "Mei saved version 2" in page
        assert "&lt;i&gt;Hm&lt;/i&gt;" in page
        assert GUN in page
        assert "High-risk score" in page
        assert 'data-submit-form="switches-form"' in page
        assert """data-set='{"base_version": "2"}'""" in page
        assert f'hx-get="{EXEMPTIONS}"' in page
        assert "You changed these too" not in page
        assert "Changed by Mei" in page
        assert 'hx-swap-oob="true"' in page
        assert faults(page, is_fragment=True) == []
        assert newest(service).number == 2

    @each_tab
    def test_applied_again_it_keeps_what_the_other_switched(
        self, client, account, service, mei, url, factory, field
    ):
        first, second, third = factory.create_batch(3, account=account)
        post(client, url, first)
        other = client.__class__()
        other.force_login(mei.user)
        post(other, url, first, second, base=2)  # Mei adds the second
        assert post(client, url, third, base=2).status_code == 409  # I replace the first

        response = post(client, url, third, base=3, edited=2)

        assert response.status_code == 200
        assert getattr(newest(service).ruleset, field) == {second.pk, third.pk}

    def test_several_saves_in_between_are_all_named(self, client, account, service, mei):
        library = ImageLibraryFactory.create(account=account)
        for number in range(1, 9):
            ids = [library.pk] if number % 2 else []
            save_exemptions(service=service, library_ids=ids, based_on=number, author=mei)

        page = post(client, EXEMPTIONS, library, base=1).content.decode()

        assert page.count("Mei saved version") == 5
        assert "3 earlier versions" in page

    def test_without_htmx_it_is_a_page_whose_form_sends_all_again(
        self, client, account, service, mei
    ):
        first, second = ImageLibraryFactory.create_batch(2, account=account)
        save_exemptions(service=service, library_ids=[first.pk], based_on=1, author=mei)

        response = client.post(f"{EXEMPTIONS}save/", sent(second, comment="“Mine”"))

        page = response.content.decode()
        assert response.status_code == 409
        assert faults(page) == []
        again = dict(response.context["sent"])
        assert again["base_version"] == "2"
        assert client.post(f"{EXEMPTIONS}save/", again).status_code == 302
        assert newest(service).ruleset.exempt_library_ids == {first.pk, second.pk}
        assert newest(service).comment == "“Mine”"

    def test_a_base_that_never_was_is_stale_as_well(self, client, account, service):
        library = ImageLibraryFactory.create(account=account)

        response = post(client, EXEMPTIONS, library, base=7, edited=1)

        assert response.status_code == 409
        assert newest(service).number == 1
