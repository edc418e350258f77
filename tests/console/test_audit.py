"""The audit log: what was changed, by whom, and who may see it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertContains, assertNotContains

from console import audit
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
        for text in ("mei.tan", "ruleset.scope", "label: violent_gun · before: On · after: Off"):
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
            ({"action": "no such thing"}, [1, 0]),
            ({"subject": "' OR 1=1 --"}, []),
            ({"page": "x"}, [1, 0]),
        ],
    )
    def test_filters(self, client, entries, query, places):
        assert shown(client.get(AUDIT, query)) == [entries[place] for place in places]

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

    def test_queries_do_not_grow_with_the_rows(self, client, entries):
        with CaptureQueriesContext(connection) as few:
            client.get(AUDIT)
        for number in range(10):
            record(actor=entries[0].actor, action="ruleset.scope", subject=str(number))

        with CaptureQueriesContext(connection) as many:
            client.get(AUDIT)

        assert len(many) == len(few) <= 8
