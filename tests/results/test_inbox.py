"""The inbox of feedback: who sees what, filters, remedies, costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertContains, assertNotContains

from console.roles import Role
from results.models import Feedback
from results.views import inbox
from rules.services import install_catalogue
from tests.factories import DetectionResultFactory, FeedbackFactory, HitFactory
from tests.html import faults

INBOX = "/feedback/"


@pytest.fixture
def manager(member_client, account):
    install_catalogue(account=account)
    return member_client(Role.POLICY_MANAGER)


def given(account, data_id, **fields):
    result = DetectionResultFactory(account=account, data_id=data_id)
    return FeedbackFactory(account=account, result=result, **fields)


def shown(response):
    return [row.feedback.result.data_id for row in response.context["rows"]]


class TestFeedbackList:
    def test_a_row_says_what_was_said_and_leads_to_the_remedies(self, manager, account):
        hit = HitFactory(account=account, data_id="post-7")
        FeedbackFactory(account=account, result=hit, labels=["contraband_drug_tii"], note="ours")

        page = manager.get(INBOX)

        for text in ("post-7", "False positive", "contraband_drug_tii", "ours", "mei.tan", "now"):
            assertContains(page, text)
        for address in (
            "label=contraband_drug_tii&amp;edit=#marked",
            "/library/",
            "/exempt/",
            "/resolve/",
        ):
            assertContains(page, address)
        assert faults(page.content.decode()) == []

    def test_a_missed_label_leads_to_its_rule(self, manager, account):
        given(account, "post-1", kind="missed_violation", labels=["violent_gun"])

        assertContains(manager.get(INBOX), "label=violent_gun")

    def test_what_waits_is_listed_newest_first_and_the_rest_on_demand(self, manager, account):
        for data_id in ("post-1", "post-2"):
            given(account, data_id)
        done = given(account, "post-3")
        Feedback.objects.filter(pk=done.pk).update(state="as_intended", resolved_at=done.given_at)

        assert shown(manager.get(INBOX)) == ["post-2", "post-1"]
        assert shown(manager.get(INBOX, {"state": "as_intended"})) == ["post-3"]
        assert shown(manager.get(INBOX, {"state": "all"})) == ["post-3", "post-2", "post-1"]

    def test_the_states_are_counted(self, manager, account):
        given(account, "post-1")
        given(account, "post-2", kind="missed_violation")

        counts = {
            state: count
            for state, _, count in manager.get(INBOX, {"kind": "false_positive"}).context["states"]
        }

        assert (counts["open"], counts["as_intended"]) == (1, 0)

    def test_a_moderator_sees_their_own_and_resolves_nothing(self, member_client, account):
        client = member_client(Role.MODERATOR)
        given(account, "post-1", reporter=client.member)
        given(account, "post-2")

        page = client.get(INBOX)

        assert shown(page) == ["post-1"]
        assertNotContains(page, "/resolve/")

    def test_feedback_of_other_accounts_is_not_listed(self, manager):
        FeedbackFactory()

        assertContains(manager.get(INBOX), "No feedback waits")

    @pytest.mark.parametrize("query", [{"state": "gone"}, {"kind": "<script>"}, {"page": "x"}])
    def test_what_is_no_filter_is_ignored(self, manager, account, query):
        given(account, "post-1")

        assert shown(manager.get(INBOX, query)) == ["post-1"]

    def test_no_match_offers_to_clear_the_filters(self, manager, account):
        page = manager.get(INBOX, {"state": "fixed_rule"})

        assertContains(page, "No feedback matches")
        assertContains(page, "Clear filters")

    def test_htmx_gets_the_list_alone(self, manager, account):
        given(account, "post-1")

        response = manager.get(INBOX, headers={"HX-Request": "true", "HX-Target": "inbox"})

        assertNotContains(response, "<html")
        assert faults(response.content.decode(), is_fragment=True) == []

    def test_pages_follow_one_another(self, manager, account, monkeypatch):
        monkeypatch.setattr(inbox, "PAGE_SIZE", 2)
        for number in range(3):
            given(account, f"post-{number}")

        assert shown(manager.get(INBOX, {"page": 2})) == ["post-0"]

    def test_queries_do_not_grow_with_the_rows(self, manager, account):
        given(account, "post-1")
        manager.get(INBOX)
        with CaptureQueriesContext(connection) as few:
            manager.get(INBOX)
        for number in range(10):
            given(account, f"more-{number}")

        with CaptureQueriesContext(connection) as many:
            manager.get(INBOX)

        assert len(many) == len(few) <= 10
