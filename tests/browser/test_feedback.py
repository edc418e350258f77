"""Feedback by mouse and keyboard: rows, drawer, dialog, inbox, several at once."""

import re

import pytest
from playwright.sync_api import expect

from console.roles import Role
from results.models import Feedback
from rules.services import install_catalogue
from tests.browser.accessibility import examine
from tests.factories import DetectionResultFactory, FeedbackFactory, HitFactory
from tests.results.test_remedies import result_of


@pytest.fixture
def results(account):
    """Two results, the newer a hit."""
    install_catalogue(account=account)
    safe = DetectionResultFactory(account=account, data_id="post-1", risk_level="none")
    return [safe, HitFactory(account=account, data_id="post-2")]


def row(page, name):
    return page.get_by_role("row", name=re.compile(name))


def drawer(page):
    return page.locator("#drawer")


class TestOneResult:
    def test_it_is_filtered_opened_marked_and_still_so_after_a_reload(
        self, results, signed_in_page
    ):
        page = signed_in_page(Role.MODERATOR, "/results/")
        page.get_by_label("Data ID", exact=True).fill("post-2")
        expect(row(page, "post-1")).to_have_count(0)

        page.get_by_role("link", name="post-2").click()
        drawer(page).get_by_role("button", name="False positive").click()

        expect(page.get_by_text("Marked as a false positive.")).to_be_visible()
        expect(drawer(page).get_by_role("button", name="False positive")).to_have_attribute(
            "aria-pressed", "true"
        )
        expect(row(page, "post-2")).to_contain_text("False positive")
        page.reload()
        expect(drawer(page).get_by_role("button", name="False positive")).to_have_attribute(
            "aria-pressed", "true"
        )
        page.get_by_role("button", name="Close", exact=True).click()
        page.go_back()
        expect(row(page, "post-2")).to_contain_text("False positive")

    def test_f_and_m_work_on_the_marked_row(self, results, signed_in_page):
        page = signed_in_page(Role.MODERATOR, "/results/")
        expect(page.locator("tr[data-row]")).to_have_count(2)
        page.keyboard.press("j")
        expect(page.get_by_role("link", name="post-2")).to_be_focused()

        page.keyboard.press("f")
        expect(row(page, "post-2")).to_contain_text("False positive")
        page.keyboard.press("m")
        dialog = page.get_by_role("dialog", name="What is wrong with this result?")
        dialog.get_by_label("Label").select_option("violent_gun")
        dialog.get_by_label("Note").fill("top left")
        results_of_axe = examine(page)
        assert results_of_axe.violations_count == 0, results_of_axe.generate_report()
        dialog.get_by_role("button", name="Give feedback").click()

        expect(dialog).to_be_hidden()
        expect(row(page, "post-2")).to_contain_text("Missed violation")
        said = Feedback.objects.get()
        assert (said.kind, said.labels, said.note) == (
            "missed_violation",
            ["violent_gun"],
            "top left",
        )

    def test_the_menu_of_a_row_gives_it_and_the_drawer_withdraws_it(self, results, signed_in_page):
        page = signed_in_page(Role.MODERATOR, "/results/")
        page.get_by_role("button", name="Feedback on post-1").click()
        page.get_by_role("button", name="False Positive").click()
        expect(row(page, "post-1")).to_contain_text("False positive")

        page.get_by_role("button", name="Details of post-1").click()
        drawer(page).get_by_role("button", name="Withdraw").click()

        expect(page.get_by_text("Feedback withdrawn.")).to_be_visible()
        expect(row(page, "post-1")).not_to_contain_text("False positive")
        expect(drawer(page).get_by_role("button", name="Withdraw")).to_be_hidden()
        assert not Feedback.objects.exists()


class TestSelection:
    def test_several_are_marked_at_once(self, results, signed_in_page):
        page = signed_in_page(Role.MODERATOR, "/results/")
        page.get_by_label("Select all on this page").check()
        expect(page.get_by_text("2 selected")).to_be_visible()

        page.get_by_role("group", name="Selection").get_by_role(
            "button", name="False positive"
        ).click()

        expect(page.get_by_text("2 results marked as false positives.")).to_be_visible()
        for name in ("post-1", "post-2"):
            expect(row(page, name)).to_contain_text("False positive")


class TestInbox:
    def test_feedback_is_resolved_and_leaves_what_waits(self, results, account, signed_in_page):
        FeedbackFactory(account=account, result=results[1], note="a toy")
        page = signed_in_page(Role.POLICY_MANAGER, "/feedback/")
        page.get_by_role("button", name="Resolve").click()

        page.get_by_role("button", name="Works as intended").click()

        expect(page.get_by_text("No feedback waits")).to_be_visible()
        page.get_by_role("radiogroup", name="State").get_by_text("Works as intended").click()
        expect(page.get_by_role("link", name="post-2")).to_be_visible()
        expect(page).to_have_url(re.compile("state=as_intended"))

    def test_an_image_is_exempt_by_a_new_library(self, account, signed_in_page):
        install_catalogue(account=account)
        FeedbackFactory(account=account, result=result_of(account, data_id="post-3"))
        page = signed_in_page(Role.POLICY_MANAGER, "/feedback/")
        page.get_by_role("link", name="Exempt").click()
        dialog = page.get_by_role("dialog", name="Exempt this image")

        dialog.get_by_label("Name of the new library").fill("Harmless")
        dialog.get_by_role("button", name="Exempt").click()

        expect(page.get_by_text("Exempt: baselineCheck_global has version 2")).to_be_visible()
        expect(page.get_by_text("No feedback waits")).to_be_visible()
        assert Feedback.objects.get().state == "added_to_library"

    def test_the_rule_opens_with_the_label_marked(self, results, account, signed_in_page):
        FeedbackFactory(account=account, result=results[1])
        page = signed_in_page(Role.POLICY_MANAGER, "/feedback/")

        page.get_by_role("link", name="Open the rule").click()

        expect(page.locator("#marked")).to_contain_text("contraband_drug_tii")
        expect(page.get_by_role("button", name="Save")).to_be_visible()
