"""The audit log: what was changed, by whom, and who may see it."""

import ast
import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertContains, assertNotContains

from console import audit
from console.audit_words import ACTIONS, SUBJECTS
from console.models import Account, AuditEntry
from console.roles import Role
from console.services import record
from tests.factories import MemberFactory
from tests.html import faults

AUDIT = "/audit/"


@pytest.fixture
def client(member_client):
    return member_client(Role.POLICY_MANAGER)


@pytest.fixture
def entries(account):
    mei = MemberFactory.create(account=account, user__username="mei.tan")
    jo = MemberFactory.create(account=account, user__username="j.okafor")
    details = {"version": 2, "scope": [{"label": "violent_gun", "before": "On", "after": "Off"}]}
    return [
        record(actor=mei, action="ruleset.scope", subject="baselineCheck", details=details),
        record(actor=jo, action="feedback.give", subject="0B7B-1", details={"note": "<b>toy</b>"}),
    ]


def shown(response):
    return [row.entry for row in response.context["rows"]]


class TestAuditLog:
    def test_entries_are_newest_first_with_what_changed(self, client, entries):
        page = client.get(AUDIT)

        assert shown(page) == entries[::-1]
        for text in (
            "mei.tan",
            "Saved the detection scope",
            "ruleset.scope",
            "Label: violent_gun · before: On · after: Off",
            "2 entries",
        ):
            assertContains(page, text)
        assertContains(page, "&lt;b&gt;toy&lt;/b&gt;")
        assert faults(page.content.decode()) == []

    @pytest.mark.parametrize(
        ("query", "places"),
        [
            ({"actor": "MEI"}, [0]),
            ({"action": "feedback"}, [1]),
            ({"subject": "0b7b"}, [1]),
            ({"actor": "mei", "action": "feedback"}, []),
            ({"action": "ruleset"}, [0]),
            ({"action": "feedback.give"}, [1]),
            ({"action": "feedback.withdraw"}, []),
            ({"subject": "' OR 1=1 --"}, []),
            ({"page": "x"}, [1, 0]),
        ],
    )
    def test_filters(self, client, entries, query, places):
        assert shown(client.get(AUDIT, query)) == [entries[place] for place in places]

    @pytest.mark.parametrize(
        ("query", "places"),
        [
            ({"first": "2026-03-01", "last": "2026-03-01"}, [0]),
            ({"first": "2026-03-02"}, [1]),
            ({"last": "2026-03-01"}, [0]),
            ({"first": "2026-03-03"}, []),
        ],
    )
    def test_days_are_those_of_the_account_both_included(
        self, client, account, entries, query, places
    ):
        Account.objects.filter(pk=account.pk).update(time_zone="Asia/Shanghai")
        for entry, hour in zip(entries, (15, 16), strict=True):  # midnight is between them
            at = datetime(2026, 3, 1, hour, 30, tzinfo=UTC)
            AuditEntry.objects.filter(pk=entry.pk).update(created_at=at)

        assert shown(client.get(AUDIT, query)) == [entries[place] for place in places]

    @pytest.mark.parametrize(
        ("query", "advice"),
        [
            ({"first": "2026-03-02", "last": "2026-03-01"}, "exchange the two days"),
            ({"first": "0001-01-01"}, "Enter a valid date"),
            ({"last": "9999-12-31"}, "Enter a valid date"),
            ({"first": "yesterday"}, "Enter a valid date"),
            ({"action": "no such thing"}, "no such thing is not one of the available choices"),
        ],
    )
    def test_filters_that_make_no_sense_say_how_to_mend_them(self, client, entries, query, advice):
        page = client.get(AUDIT, query)

        assert shown(page) == []
        assertContains(page, advice)
        assertContains(page, "Clear filters")

    def test_it_says_from_where_and_by_which_request(self, member_client):
        client = member_client()
        answer = client.post("/keys/create/", {"name": "Program"}, REMOTE_ADDR="192.0.2.7")
        entry = AuditEntry.objects.get()

        assert (entry.ip_address, entry.request_id) == ("192.0.2.7", answer["X-Request-Id"])
        page = client.get(AUDIT, {"subject": entry.request_id.lower()})
        assert shown(page) == [entry]
        assertContains(page, "192.0.2.7")
        assertContains(page, f'<dd class="mono">{entry.request_id}</dd>')

    def test_no_match_offers_to_clear_the_filters(self, client, entries):
        assertContains(client.get(AUDIT, {"actor": "nobody"}), "No entry matches")

    def test_an_empty_log_says_so(self, client):
        assertContains(client.get(AUDIT), "Nothing changed yet")

    def test_entries_of_other_accounts_are_not_listed(self, client):
        record(actor=MemberFactory.create(), action="ruleset.scope", subject="theirs")

        assertNotContains(client.get(AUDIT), "theirs")

    def test_pages_follow_one_another(self, client, entries, monkeypatch):
        monkeypatch.setattr(audit, "PAGE_SIZE", 1)

        assert shown(client.get(AUDIT, {"page": 2})) == [entries[0]]

    def test_htmx_gets_the_list_alone(self, client, entries):
        response = client.get(AUDIT, headers={"HX-Request": "true", "HX-Target": "audit"})

        assertNotContains(response, "<html")
        assert faults(response.content.decode(), is_fragment=True) == []

    def test_a_moderator_is_refused(self, member_client):
        assert member_client(Role.MODERATOR).get(AUDIT).status_code == 403

    def test_it_is_chinese_on_chinese_pages(self, client, entries):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"

        page = client.get(AUDIT)

        for text in ("保存检测范围", "提交反馈", "标签: violent_gun · 之前: On"):
            assertContains(page, text)

    def test_queries_do_not_grow_with_the_rows(self, client, entries):
        with CaptureQueriesContext(connection) as few:
            client.get(AUDIT)
        for number in range(10):
            record(actor=entries[0].actor, action="ruleset.scope", subject=str(number))

        with CaptureQueriesContext(connection) as many:
            client.get(AUDIT)

        assert len(many) == len(few) <= 8


class TestExport:
    def rows(self, response):
        text = b"".join(response.streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    def test_what_the_filters_find_comes_as_csv(self, client, entries):
        response = client.get(f"{AUDIT}export.csv", {"action": "ruleset"})

        assert re.search(r'filename="audit-log-[\d-]+\.csv"', response["Content-Disposition"])
        [row] = self.rows(response)
        assert (row["Who"], row["Code"]) == ("mei.tan", "ruleset.scope")
        assert (row["Action"], row["Object"]) == ("Saved the detection scope", "baselineCheck")
        assert row["Details"] == "Version: 2\nscope: Label: violent_gun · before: On · after: Off"

    def test_no_cell_is_a_formula(self, client, account):
        mei = MemberFactory.create(account=account, user__username="mei.tan")
        record(actor=mei, action="vocabulary.create", subject='=HYPERLINK("http://x")')

        [row] = self.rows(client.get(f"{AUDIT}export.csv"))

        assert row["Object"] == '\'=HYPERLINK("http://x")'

    def test_filters_that_make_no_sense_lead_to_the_page(self, client):
        response = client.get(f"{AUDIT}export.csv", {"first": "x"})

        assert response.url == f"{AUDIT}?first=x"

    def test_entries_of_other_accounts_are_not_in_it(self, client):
        record(actor=MemberFactory.create(), action="ruleset.scope", subject="theirs")

        assert self.rows(client.get(f"{AUDIT}export.csv")) == []

    def test_a_moderator_is_refused(self, member_client):
        assert member_client(Role.MODERATOR).get(f"{AUDIT}export.csv").status_code == 403


def recorded_actions() -> set[str]:
    """Return every code that some call names as its action, wherever it is written."""
    code = re.compile(rf"(?:{'|'.join(SUBJECTS)})\.[a-z_]+")
    apps = ("console", "rules", "libraries", "results", "stats", "onlinetest", "openapi")
    files = (file for app in apps for file in Path(settings.BASE_DIR, app).rglob("*.py"))
    texts = (
        node.value
        for file in files
        if file.name != "audit_words.py"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return {text for text in texts if code.fullmatch(text)}


def test_every_action_that_is_recorded_has_words():
    assert recorded_actions() == set(ACTIONS)
