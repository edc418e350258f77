"""The list of services, copying and deleting them, and how far a version has come."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from console.models import ModeratingProcess, Publication
from console.roles import Role
from rules.models import Service
from rules.services import copy_service
from tests.factories import ImageLibraryFactory, MemberFactory, ServiceFactory
from tests.html import faults

LIST = "/rules/"
ROWS = {"HX-Request": "true", "HX-Target": "service-rows"}
MODAL = {"HX-Request": "true", "HX-Target": "modal"}


@pytest.fixture
def service(account):
    return ServiceFactory(account=account)


def make_live(service, *, processes=4):
    publication = Publication.objects.of(Publication.Topic.RULESET, service.pk)[0]
    publication.live_at = publication.created_at + timedelta(milliseconds=200)
    publication.process_count = processes
    publication.save()


class TestServiceList:
    def test_every_service_is_listed_with_its_version_and_state(
        self, member_client, account, service
    ):
        make_live(service)

        response = member_client(Role.VIEWER).get(LIST)

        page = response.content.decode()
        assert "Rules Management" in page
        assert len(response.context["rows"]) == account.services.count()
        assert page.count(">Live <") == 1
        assert faults(page) == []

    @pytest.mark.parametrize("wanted", ["Check_GLOBAL", "common baseline moderation, glob"])
    def test_the_filter_finds_part_of_a_code_or_name(self, wanted, member_client, service):
        response = member_client().get(LIST, {"q": wanted}, headers=ROWS)

        fragment = response.content.decode()
        assert [row.service.code for row in response.context["rows"]] == [service.code]
        assert "<html" not in fragment
        assert faults(fragment, is_fragment=True) == []

    def test_a_filter_without_a_match_says_what_it_was(self, member_client, service):
        page = member_client().get(LIST, {"q": "<script>"}).content.decode()

        assert "No service matches" in page
        assert "&lt;script&gt;" in page
        assert "<script>”" not in page

    def test_an_account_without_services_says_so(self, member_client):
        assert "No service yet" in member_client().get(LIST).content.decode()

    def test_the_last_change_names_who_made_it(self, member_client, account, service):
        client = member_client()
        copy_service(source=service, code="mine", name="Mine", description="", author=client.member)

        page = client.get(LIST, {"q": "mine"}).content.decode()

        assert client.member.name in page
        assert "· copy" in page

    def test_who_may_not_change_rules_sees_no_way_to(self, member_client, account, service):
        page = member_client(Role.MODERATOR).get(LIST).content.decode()

        assert "Settings" in page
        assert "/copy/" not in page

    def test_the_queries_do_not_grow_with_the_services(
        self, member_client, service, django_assert_max_num_queries
    ):
        client = member_client()

        with django_assert_max_num_queries(8):
            page = client.get(LIST)

        assert len(page.content) < 60_000

    def test_the_sidebar_marks_the_page_that_is_open(self, member_client, service):
        client = member_client()

        for url, current in [(LIST, "Rules"), ("/rules/coverage/", "Coverage")]:
            groups = client.get(url).context["nav_groups"]
            marked = [item.title for group in groups for item in group.items if item.is_current]
            assert marked == [current]


class TestServiceCopy:
    def test_the_code_is_filled_in(self, member_client, service):
        url = reverse("rules:service_copy", args=[service.code])

        fragment = member_client().get(url, headers=MODAL).content.decode()

        assert 'value="baselineCheck_global_01"' in fragment
        assert "callable as soon as its header says live" in fragment
        assert faults(fragment, is_fragment=True) == []

    def test_creating_opens_the_copy_with_the_scope_of_its_source(
        self, member_client, account, service
    ):
        library = ImageLibraryFactory(account=account)
        service.label_rules.filter(label="violent_gun").update(
            enabled=False, high_risk_score=95, image_library=library
        )
        url = reverse("rules:service_copy", args=[service.code])
        values = {"code": "baselineCheck_global_01", "name": "Market", "description": "Goods"}

        response = member_client().post(url, values, headers=MODAL)

        copy = account.services.get(code="baselineCheck_global_01")
        assert response.headers["HX-Redirect"] == f"/rules/{copy.code}/scope/"
        assert (copy.name, copy.description, copy.is_copy) == ("Market", "Goods", True)
        rule = copy.label_rules.get(label="violent_gun")
        assert (rule.enabled, rule.high_risk_score, rule.image_library) == (False, 95, library)

    @pytest.mark.parametrize(
        ("code", "text"),
        [
            ("baselineCheck_global", "baselineCheck_global_01 is free"),
            ("with space", "letters, digits and underscores only"),
            ("", "This field is required"),
            ("x" * 65, "at most 64 characters"),
        ],
    )
    def test_a_code_that_cannot_be_is_refused_beside_the_field(
        self, code, text, member_client, account, service
    ):
        url = reverse("rules:service_copy", args=[service.code])
        before = account.services.count()

        response = member_client().post(url, {"code": code, "name": "Kept"}, headers=MODAL)

        fragment = response.content.decode()
        assert response.status_code == 422
        assert text in fragment
        assert 'value="Kept"' in fragment
        assert account.services.count() == before

    def test_without_htmx_it_is_a_page(self, member_client, service):
        url = reverse("rules:service_copy", args=[service.code])
        client = member_client()

        assert faults(client.get(url).content.decode()) == []
        response = client.post(url, {"code": "plain", "name": "Plain"})

        assert response.headers["Location"] == "/rules/plain/scope/"

    def test_the_service_of_another_account_is_not_there(self, member_client, service):
        other = ServiceFactory()
        Service.objects.filter(pk=other.pk).update(code="theirs")

        assert member_client().get("/rules/theirs/copy/").status_code == 404

    @pytest.mark.parametrize("field", ["name", "description"])
    def test_texts_with_invisible_characters_are_refused(self, member_client, service, field):
        url = reverse("rules:service_copy", args=[service.code])
        sent = {"code": "mine", "name": "Mine", "description": "One\r\nTwo"}

        response = member_client().post(url, sent | {field: "a\u202eb"})

        assert response.status_code == 422
        assert "cannot be seen" in response.content.decode()
        assert member_client().post(url, sent).status_code == 302

    def test_a_moderator_may_not_copy(self, member_client, service):
        url = reverse("rules:service_copy", args=[service.code])

        response = member_client(Role.MODERATOR).post(url, {"code": "mine", "name": "Mine"})

        assert response.status_code == 403
        assert "needs the role Policy manager" in response.content.decode()


class TestServiceDelete:
    @pytest.fixture
    def copy(self, service):
        author = MemberFactory(account=service.account)
        return copy_service(source=service, code="mine", name="Mine", description="", author=author)

    def test_a_copy_is_deleted_once_its_code_is_typed(self, member_client, account, copy):
        url = reverse("rules:service_delete", args=["mine"])

        response = member_client().post(url, {"code": "mine"}, headers=MODAL)

        assert response.headers["HX-Redirect"] == LIST
        assert not account.services.filter(code="mine").exists()

    def test_another_text_deletes_nothing(self, member_client, account, copy):
        url = reverse("rules:service_delete", args=["mine"])

        response = member_client().post(url, {"code": "min"}, headers=MODAL)

        assert response.status_code == 422
        assert "not the code of the service" in response.content.decode()
        assert account.services.filter(code="mine").exists()

    def test_a_built_in_service_stays(self, member_client, account, service):
        url = reverse("rules:service_delete", args=[service.code])
        client = member_client()

        fragment = client.get(url, headers=MODAL).content.decode()
        response = client.post(url, {"code": service.code}, headers=MODAL)

        assert "It is built in" in fragment
        assert response.status_code == 422
        assert account.services.filter(pk=service.pk).exists()


class TestPublication:
    def url(self, service):
        return reverse("rules:publication", args=[service.code])

    def process(self, number):
        return ModeratingProcess.objects.create(
            kind="web", host="here", pid=1, applied_number=number, seen_at=timezone.now()
        )

    def test_while_it_is_published_it_asks_again(self, member_client, service):
        publication = Publication.objects.of(Publication.Topic.RULESET, service.pk)[0]
        self.process(publication.number)
        self.process(0)

        response = member_client().get(self.url(service))

        fragment = response.content.decode()
        assert response.status_code == 200
        assert "Publishing version 1" in fragment
        assert 'hx-trigger="every 500ms"' in fragment
        assert '<progress max="2" value="1"' in fragment
        assert "HX-Trigger" not in response.headers

    def test_when_every_process_has_it_the_asking_ends_with_a_toast(self, member_client, service):
        make_live(service)

        response = member_client().get(self.url(service))

        assert response.status_code == 286
        assert "Version 1 live" in response.content.decode()
        assert "on 4 of 4 processes, 0.2 s" in response.content.decode()
        assert "hx-get" not in response.content.decode()
        toast = json.loads(response.headers["HX-Trigger"])["toast"]
        assert toast == {"kind": "success", "text": "Version 1 is live"}

    @pytest.mark.parametrize(
        ("silent", "said"),
        [(1, "1 of 2 processes has not answered"), (2, "2 of 3 processes have not answered")],
    )
    def test_after_ten_seconds_it_says_how_many_have_not_answered(
        self, member_client, service, silent, said
    ):
        publication = Publication.objects.of(Publication.Topic.RULESET, service.pk)[0]
        publication.created_at -= timedelta(seconds=11)
        publication.save()
        self.process(publication.number)
        for _ in range(silent):
            self.process(0)

        fragment = member_client().get(self.url(service)).content.decode()

        assert said in fragment
        assert "hx-get" in fragment

    def test_without_a_process_it_says_that_nothing_runs(self, member_client, service):
        fragment = member_client().get(self.url(service)).content.decode()

        assert "nothing that judges images is running" in fragment
