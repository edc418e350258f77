"""The history of a service: versions listed, compared, read as JSON, restored."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from pytest_django.asserts import assertContains, assertNotContains

from console.models import AuditEntry, ModeratingProcess, Publication
from console.roles import Role
from rules import history
from rules.changes import CustomLibraryChange, ScopeChange
from rules.models import LabelRule, Service
from rules.services import save_custom_libraries, save_exemptions, save_scope
from tests.factories import (
    AccessKeyFactory,
    ImageLibraryFactory,
    MemberFactory,
    ServiceFactory,
)
from tests.html import faults

CODE, GUN, BLOOD = "baselineCheck_global", "violent_gun", "violent_blood"
HISTORY = f"/rules/{CODE}/history/"


def htmx(target):
    return {"HX-Request": "true", "HX-Target": target}


@pytest.fixture
def service(account):
    return ServiceFactory.create(account=account, code=CODE)


@pytest.fixture
def mei(account):
    member = MemberFactory.create(account=account, role=Role.POLICY_MANAGER)
    member.user.first_name = "Mei"
    member.user.save()
    return member


@pytest.fixture
def client(member_client, service):
    return member_client(Role.POLICY_MANAGER)


@pytest.fixture
def save(service, mei):
    """Save the scores of a label as the next version: save(95)."""

    def save_high(high, label=GUN, comment=""):
        change = ScopeChange(
            label=label,
            enabled=True,
            medium_risk_score=Decimal(60),
            high_risk_score=Decimal(high),
        )
        version = Service.objects.get(pk=service.pk).version
        return save_scope(
            service=service, changes=[change], based_on=version, author=mei, comment=comment
        )

    return save_high


def newest(service):
    service = Service.objects.get(pk=service.pk)
    return service.versions.get(number=service.version)


def refused(client, url):
    return client.get(url).status_code


class TestList:
    def test_versions_are_newest_first_with_who_why_and_how_much(self, client, save):
        save(90, comment="<script>alert(1)</script>")
        save(95)

        response = client.get(HISTORY)

        page = response.content.decode()
        assert page.index("Version 3<") < page.index("Version 2<") < page.index("Version 1<")
        assert page.count("Mei") == 3  # twice in the table, once in the header
        assert "&lt;script&gt;alert(1)" in page
        assert page.count("1 change<") == 2
        assert "Installed" in page
        assert faults(page) == []

    def test_a_version_that_a_program_saved_names_its_key(self, client, service):
        key = AccessKeyFactory.create(account=service.account, name="Nightly job")
        change = ScopeChange(
            label=GUN,
            enabled=False,
            medium_risk_score=Decimal(60),
            high_risk_score=Decimal(80),
        )
        save_scope(service=service, changes=[change], based_on=1, author=key)

        page = client.get(HISTORY).content.decode()

        assert f"Changed by Nightly job ({key.key_id})" in page
        assert page.count(f"Nightly job ({key.key_id})") == 2  # in the header and in the table

    def test_only_the_newest_is_live_or_on_its_way(self, client, service, save):
        save(90)
        publication = Publication.objects.of(Publication.Topic.RULESET, service.pk)[0]
        process = ModeratingProcess.objects.create(
            kind="web", host="here", pid=1, seen_at=publication.created_at
        )

        before = client.get(HISTORY).content.decode()
        process.applied_number = publication.number
        process.save()
        Publication.objects.filter(pk=publication.pk).update(
            live_at=publication.created_at, process_count=1
        )
        after = client.get(HISTORY).content.decode()

        assert before.count("Superseded") == after.count("Superseded") == 1
        assert 'id="newest-state"' in before
        assert "Publishing</span>" in before
        assert "Live</span>" in after
        assert "Publishing</span>" not in after

    def test_pages_follow_one_another(self, client, save, monkeypatch):
        monkeypatch.setattr(history, "PAGE_SIZE", 2)
        for high in (81, 82, 83, 84):
            save(high)

        def shown(response):
            return [row.version.number for row in response.context["page"].rows]

        first = client.get(HISTORY)
        second = client.get(HISTORY, {"before": first.context["page"].older})
        third = client.get(HISTORY, {"before": second.context["page"].older})
        back = client.get(HISTORY, {"after": third.context["page"].newer})

        assert [shown(one) for one in (first, second, third)] == [[5, 4], [3, 2], [1]]
        assert shown(back) == [3, 2]
        assert [row.change_count for row in second.context["page"].rows] == [1, 1]
        assertContains(first, "5 versions")
        assertContains(client.get(HISTORY, {"before": "x"}), "Version 5")

    def test_before_the_first_version_there_is_none(self, client, service):
        response = client.get(HISTORY, {"before": service.newest_version.pk})

        assert response.status_code == 200
        assert response.context["page"].rows == []

    def test_htmx_gets_the_table_alone(self, client):
        response = client.get(HISTORY, headers=htmx("history"))

        assertContains(response, 'id="history"')
        assertNotContains(response, "<html")
        assert faults(response.content.decode(), is_fragment=True) == []

    def test_queries_do_not_grow_with_the_versions(self, client, save):
        save(90)
        client.get(HISTORY)
        with CaptureQueriesContext(connection) as few:
            client.get(HISTORY)
        for high in (91, 92, 93):
            save(high)

        with CaptureQueriesContext(connection) as many:
            client.get(HISTORY)

        assert len(many) == len(few) <= 12


class TestVersion:
    def test_it_shows_what_it_changed_by_detection_type(self, client, save):
        save(90)

        page = client.get(f"{HISTORY}2/").content.decode()

        assert "From version 1 to version 2" in page
        assert "Terrorist Content Detection" in page
        assert f"<code>{GUN}</code>" in page
        assert "<del>80</del>" in page
        assert "<ins>90</ins>" in page
        assert faults(page) == []

    @pytest.mark.parametrize(("number", "other"), [(2, 4), (4, 2)])
    def test_any_two_are_compared_from_the_older_to_the_newer(self, client, save, number, other):
        for high in (90, 91, 92):
            save(high)

        response = client.get(f"{HISTORY}{number}/", {"with": other}, headers=htmx("comparison"))

        assertContains(response, "From version 2 to version 4")
        assertContains(response, "<del>90</del>")
        assertContains(response, "<ins>92</ins>")
        assert faults(response.content.decode(), is_fragment=True) == []

    @pytest.mark.parametrize("number", ["0", "99", "x"])
    def test_a_version_that_is_not_there_is_said_beside_the_field(self, client, save, number):
        save(90)

        response = client.get(f"{HISTORY}2/", {"with": number})

        assertContains(response, 'aria-invalid="true"')
        assertContains(response, "From version 1 to version 2")
        assert faults(response.content.decode()) == []

    def test_the_first_version_has_nothing_before_it(self, client):
        response = client.get(f"{HISTORY}1/")

        assertContains(response, "Nothing came before")
        assertNotContains(response, "Roll back")
        assert faults(response.content.decode()) == []

    @pytest.mark.parametrize(
        "name",
        ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7|add:7 }}' {% x"],
    )
    def test_names_of_libraries_are_those_of_then_and_escaped(
        self, client, account, service, mei, name
    ):
        library = ImageLibraryFactory.create(account=account, name=name, description=name)
        save_exemptions(service=service, library_ids=[library.pk], based_on=1, author=mei)

        tab = client.get(f"/rules/{CODE}/exemptions/").content.decode()
        edit = client.get(f"/rules/{CODE}/exemptions/?edit").content.decode()
        save_exemptions(service=service, library_ids=[], based_on=2, author=mei)
        library.delete()
        version = client.get(f"{HISTORY}2/").content.decode()
        restore = client.get(f"{HISTORY}2/restore/").content.decode()

        for page in (tab, edit, version, restore):
            assert escape(name) in page
            assert faults(page) == []
            assert "<img src=x" not in page
            assert "<script>alert" not in page

    @pytest.mark.parametrize("path", ["2/", "2/?with=1", "1/restore/", "2/document.json"])
    def test_a_version_takes_few_queries(self, client, save, path, django_assert_max_num_queries):
        save(90)

        with django_assert_max_num_queries(16):
            client.get(f"{HISTORY}{path}")

    def test_the_whole_document_is_there_as_json(self, client, account, service, mei, save):
        library = ImageLibraryFactory.create(account=account, name="Ads")
        save(90, comment="Why not")
        save_exemptions(service=service, library_ids=[library.pk], based_on=2, author=mei)

        response = client.get(f"{HISTORY}3/document.json")

        document = response.json()
        assert response.headers["Content-Type"] == "application/json"
        assert f"{CODE}-version-3.json" in response.headers["Content-Disposition"]
        assert (document["version"], document["author"]) == (3, "Mei")
        assert document["ruleset"] == newest(service).document
        assert document["names"]["image_libraries"] == {str(library.pk): "Ads"}

    @pytest.mark.parametrize("path", ["", "1/", "1/document.json", "1/restore/"])
    def test_services_and_versions_that_are_not_mine_are_not_found(self, client, save, path):
        foreign = ServiceFactory.create()
        foreign.code = "theirs"
        foreign.save()

        assert client.get(f"{HISTORY}{path}").status_code == 200
        assert refused(client, f"/rules/theirs/history/{path}") == 404
        assert refused(client, f"/rules/nothing/history/{path}") == 404

    @pytest.mark.parametrize("path", ["9/", "9/document.json", "9/restore/"])
    def test_a_version_that_never_was_is_not_found(self, client, path):
        assert refused(client, f"{HISTORY}{path}") == 404


class TestRestore:
    def test_the_dialog_shows_what_would_change_back(self, client, save):
        save(90)

        response = client.get(f"{HISTORY}1/restore/", headers=htmx("modal"))

        page = response.content.decode()
        assert "Roll back to version 1" in page
        assert "<del>90</del>" in page
        assert "<ins>80</ins>" in page
        assert "new version 3" in page
        assert "Left out" not in page
        assert faults(page, is_fragment=True) == []
        assert faults(client.get(f"{HISTORY}1/restore/").content.decode()) == []

    def test_rolling_back_is_a_new_version_and_an_audit_entry(self, client, service, save):
        save(90)

        response = client.post(
            f"{HISTORY}1/restore/",
            {"base_version": 2, "comment": "As before"},
            headers=htmx("modal"),
        )

        assert response.headers["HX-Redirect"] == HISTORY
        version = newest(service)
        assert (version.number, version.comment) == (3, "As before")
        assert LabelRule.objects.get(service=service, label=GUN).high_risk_score == 80
        details = AuditEntry.objects.get(action="ruleset.restore").details
        assert (details["restored_version"], details["count"]) == (1, 1)
        assertContains(client.get(HISTORY), "Saved as version 3")

    def test_what_no_longer_exists_is_named_and_left_out(self, client, account, service, mei, save):
        exempt, linked = ImageLibraryFactory.create_batch(2, account=account)
        chosen = CustomLibraryChange(label=GUN, image_library_id=linked.pk)
        save_exemptions(service=service, library_ids=[exempt.pk], based_on=1, author=mei)
        save_custom_libraries(service=service, changes=[chosen], based_on=2, author=mei)
        save_custom_libraries(
            service=service, changes=[CustomLibraryChange(label=GUN)], based_on=3, author=mei
        )
        save_exemptions(service=service, library_ids=[], based_on=4, author=mei)
        save(90)
        exempt.delete()
        linked.delete()

        page = client.get(f"{HISTORY}3/restore/").content.decode()
        client.post(f"{HISTORY}3/restore/", {"base_version": 6})

        assert f"Exemption: {exempt.name}" in page
        assert f"<code>{GUN}</code> Image library: {linked.name}" in page
        assert newest(service).number == 7
        assert newest(service).ruleset.exempt_library_ids == frozenset()
        assert newest(service).ruleset.policies[GUN].high_risk_score == 80

    def test_without_a_difference_there_is_nothing_to_press(self, client, save):
        save(90)

        response = client.get(f"{HISTORY}2/restore/")
        answer = client.post(f"{HISTORY}2/restore/", {"base_version": 2})

        assertContains(response, "Nothing would change")
        assertNotContains(response, 'type="submit">Roll back')
        assertContains(answer, "already those of this version", status_code=422)

    def test_a_conflict_with_a_label_that_appeared_later_is_refused(
        self, client, account, service, mei
    ):
        library = ImageLibraryFactory.create(account=account, name="Ads")
        save_exemptions(service=service, library_ids=[library.pk], based_on=1, author=mei)
        second = newest(service)
        kept = [one for one in second.document["label_policies"] if one["label"] != GUN]
        second.document["label_policies"] = kept
        second.save()
        save_exemptions(service=service, library_ids=[], based_on=2, author=mei)
        chosen = CustomLibraryChange(label=GUN, image_library_id=library.pk)
        save_custom_libraries(service=service, changes=[chosen], based_on=3, author=mei)

        response = client.post(f"{HISTORY}2/restore/", {"base_version": 4}, headers=htmx("modal"))

        assertContains(response, "Ads would be exempt and set a label", status_code=422)
        assert newest(service).number == 4

    def test_a_stale_roll_back_shows_what_changed_and_can_be_sent_again(
        self, client, service, save
    ):
        save(90)
        save(70, BLOOD)

        response = client.post(
            f"{HISTORY}1/restore/", {"base_version": 2, "comment": "Mine"}, headers=htmx("modal")
        )

        page = response.content.decode()
        assert response.status_code == 409
        assert "Mei saved version 3" in page
        assert BLOOD in page
        assert '<input type="hidden" name="comment" value="Mine">' in page
        assert faults(page, is_fragment=True) == []
        again = dict(response.context["sent"])
        assert client.post(f"{HISTORY}1/restore/", again).status_code == 302
        assert (newest(service).number, newest(service).comment) == (4, "Mine")

    @pytest.mark.parametrize("values", [{}, {"base_version": "x"}, {"base_version": "0"}])
    def test_without_a_base_nothing_happens(self, client, service, save, values):
        save(90)

        response = client.post(f"{HISTORY}1/restore/", values)

        assertContains(response, 'role="alert"', status_code=422)
        assert newest(service).number == 2

    def test_only_policy_managers_roll_back(self, member_client, service, save):
        save(90)
        moderator = member_client(Role.MODERATOR)

        assertNotContains(moderator.get(f"{HISTORY}1/"), "Roll back")
        assert moderator.get(f"{HISTORY}1/restore/").status_code == 403
        answer = moderator.post(f"{HISTORY}1/restore/", {"base_version": 2})
        assert answer.status_code == 403
        assert newest(service).number == 2
