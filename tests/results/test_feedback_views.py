"""Feedback on the pages: given from rows, details and dialog, changed, withdrawn, resolved."""

import json

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from console.roles import Role
from results.models import Feedback
from rules.services import install_catalogue
from tests.factories import FeedbackFactory, HitFactory
from tests.html import faults

HTMX = {"HX-Request": "true"}


@pytest.fixture
def result(account):
    install_catalogue(account=account)
    return HitFactory(account=account, data_id="post-7")


@pytest.fixture
def moderator(member_client):
    return member_client(Role.MODERATOR)


def url(name, result):
    return reverse(f"results:{name}", args=[result.request_id])


def trigger(response):
    return json.loads(response["HX-Trigger"])


def said_of(result):
    return Feedback.objects.get(result=result)


class TestGiving:
    def test_a_key_marks_a_false_positive_at_once(self, moderator, result):
        response = moderator.post(url("feedback", result), {"kind": "false_positive"}, headers=HTMX)

        assert response.status_code == 204
        assert trigger(response)["toast"]["text"] == "Marked as a false positive."
        assert {f"feedback-{result.request_id}", "close-modal"} <= set(trigger(response))
        assert trigger(response)["feedback-changed"] == result.request_id
        feedback = said_of(result)
        assert (feedback.kind, feedback.reporter) == ("false_positive", moderator.member)

    def test_a_missed_violation_names_the_label(self, moderator, result):
        data = {"kind": "missed_violation", "label": "violent_gun", "note": "top left"}

        moderator.post(url("feedback", result), data, headers=HTMX)

        feedback = said_of(result)
        assert (feedback.labels, feedback.note) == (["violent_gun"], "top left")

    @pytest.mark.parametrize(
        ("data", "text"),
        [
            ({}, "Choose what is wrong"),
            ({"kind": "praise"}, "Select a valid choice"),
            ({"kind": "false_positive", "label": "violent_banana"}, "Select a valid choice"),
            ({"kind": "false_positive", "note": "x" * 501}, "at most 500 characters"),
        ],
    )
    def test_what_cannot_be_is_asked_again_in_the_dialog(self, moderator, result, data, text):
        response = moderator.post(url("feedback", result), data, headers=HTMX)

        assertContains(response, text, status_code=422)
        assert response["HX-Retarget"] == "#modal"
        assert not Feedback.objects.exists()

    def test_without_a_script_the_details_follow(self, moderator, result):
        response = moderator.post(url("feedback", result), {"kind": "false_positive"})

        assertRedirects(response, url("detail", result))

    def test_markup_in_a_note_is_shown_as_text(self, moderator, result):
        FeedbackFactory(account=result.account, result=result, note="<script>alert(1)</script>")

        assertNotContains(moderator.get(url("detail", result)), "<script>alert")


class TestDialog:
    def test_it_opens_with_what_was_said(self, moderator, result):
        FeedbackFactory(
            account=result.account, result=result, labels=["pt_qrCode"], note="our own code"
        )

        page = moderator.get(url("feedback", result))

        assertContains(page, '<option value="pt_qrCode" selected>')
        assertContains(page, "our own code")
        assert faults(page.content.decode()) == []

    def test_another_kind_starts_anew(self, moderator, result):
        FeedbackFactory(account=result.account, result=result, note="our own code")

        page = moderator.get(url("feedback", result), {"kind": "missed_violation"})

        assertContains(page, '<option value="missed_violation" selected>')
        assertNotContains(page, "our own code")

    def test_the_service_may_be_gone(self, moderator, account):
        result = HitFactory(account=account)

        assertContains(moderator.get(url("feedback", result)), "violent_gun")


class TestShown:
    def test_the_row_and_the_details_say_it_again(self, moderator, result):
        FeedbackFactory(account=result.account, result=result, labels=["pt_qrCode"])

        assertContains(moderator.get("/results/"), "False positive")
        details = moderator.get(url("detail", result))
        assertContains(details, "mei.tan")
        assertContains(details, 'aria-pressed="true"')
        assert faults(details.content.decode()) == []

    @pytest.mark.parametrize(
        ("target", "query", "opening"),
        [
            ("feedback", {}, '<section id="feedback"'),
            ("", {"part": "row"}, '<span class="sub said"'),
        ],
    )
    def test_htmx_gets_the_part_that_has_changed(self, moderator, result, target, query, opening):
        FeedbackFactory(account=result.account, result=result)

        headers = HTMX | {"HX-Target": target}
        response = moderator.get(url("feedback", result), query, headers=headers)

        assertContains(response, opening)
        assertContains(response, "False positive")
        assertNotContains(response, '<form method="post" action="/results/"')
        assert faults(response.content.decode(), is_fragment=True) == []

    def test_a_viewer_sees_it_and_is_offered_nothing(self, member_client, result):
        FeedbackFactory(account=result.account, result=result)
        client = member_client(Role.VIEWER)

        for page in (client.get("/results/"), client.get(url("detail", result))):
            assertContains(page, "False positive")
            assertNotContains(page, url("feedback", result))

    @pytest.mark.parametrize(("role", "count"), [(Role.MODERATOR, 0), (Role.POLICY_MANAGER, 1)])
    def test_who_may_not_resolve_is_not_offered_it(self, member_client, result, role, count):
        FeedbackFactory(account=result.account, result=result)

        page = member_client(role).get(url("detail", result))

        assert page.content.decode().count('"state": "as_intended"') == count


class TestWithdrawing:
    def test_it_is_gone_and_twice_does_no_harm(self, moderator, result):
        FeedbackFactory(account=result.account, result=result)

        for _ in range(2):
            response = moderator.post(url("feedback_withdraw", result), headers=HTMX)

        assert response.status_code == 204
        assert not Feedback.objects.exists()


class TestResolving:
    @pytest.mark.parametrize("state", ["fixed_rule", "added_to_library", "as_intended", "open"])
    def test_a_policy_manager_says_what_came_of_it(self, member_client, result, state):
        FeedbackFactory(account=result.account, result=result)

        response = member_client(Role.POLICY_MANAGER).post(
            url("feedback_resolve", result), {"state": state}, headers=HTMX
        )

        assert response.status_code == 204
        assert said_of(result).state == state

    def test_an_unknown_state_is_refused(self, member_client, result):
        FeedbackFactory(account=result.account, result=result)

        response = member_client(Role.POLICY_MANAGER).post(
            url("feedback_resolve", result), {"state": "gone"}, headers=HTMX
        )

        assert response.status_code == 422
        assert said_of(result).is_open


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "role"),
        [
            ("feedback", Role.VIEWER),
            ("feedback_withdraw", Role.VIEWER),
            ("feedback_resolve", Role.MODERATOR),
        ],
    )
    def test_roles(self, member_client, result, name, role):
        FeedbackFactory(account=result.account, result=result)
        data = {"kind": "missed_violation", "state": "as_intended"}

        response = member_client(role).post(url(name, result), data, headers=HTMX)

        assert response.status_code == 403
        assert (said_of(result).kind, said_of(result).is_open) == ("false_positive", True)

    @pytest.mark.parametrize("name", ["feedback", "feedback_withdraw", "feedback_resolve"])
    def test_a_result_of_another_account_does_not_exist(self, member_client, name):
        foreign = FeedbackFactory().result
        data = {"kind": "missed_violation", "state": "as_intended"}

        response = member_client().post(url(name, foreign), data, headers=HTMX)

        assert response.status_code == 404
        assert said_of(foreign).is_open
