"""Detection results by mouse and keyboard: search, drawer, evidence, pages."""

import re

import pytest
from playwright.sync_api import expect

from console.roles import Role
from results import forms
from rules.services import install_catalogue
from tests.factories import DetectionResultFactory, HitFactory


@pytest.fixture
def results(account):
    """Three results, the newest a hit with evidence."""
    install_catalogue(account=account)
    oldest = DetectionResultFactory(account=account, data_id="post-1", risk_level="none")
    middle = DetectionResultFactory(account=account, data_id="post-2", risk_level="medium")
    return [oldest, middle, HitFactory(account=account, data_id="post-3")]


@pytest.fixture
def list_page(results, signed_in_page):
    return signed_in_page(Role.VIEWER, "/results/")


def drawer(page):
    return page.locator("#drawer")


class TestDrawer:
    def test_a_row_opens_its_details_and_the_address_keeps_them(self, list_page, results):
        list_page.get_by_role("row", name=re.compile("post-3")).get_by_text("High").click()

        expect(drawer(list_page)).to_be_visible()
        expect(drawer(list_page).get_by_role("heading", name="post-3")).to_be_visible()
        expect(drawer(list_page)).to_contain_text("Block or remove")
        expect(list_page).to_have_url(re.compile(f"open={results[2].request_id}"))

        list_page.reload()

        expect(drawer(list_page).get_by_role("heading", name="post-3")).to_be_visible()
        list_page.get_by_role("button", name="Close").click()
        expect(drawer(list_page)).to_be_hidden()
        expect(list_page).not_to_have_url(re.compile("open="))

    def test_the_keyboard_goes_through_the_results(self, list_page):
        list_page.keyboard.press("j")
        expect(list_page.get_by_role("link", name="post-3")).to_be_focused()
        list_page.keyboard.press("Enter")
        expect(drawer(list_page).get_by_role("heading", name="post-3")).to_be_visible()

        list_page.keyboard.press("j")
        expect(drawer(list_page).get_by_role("heading", name="post-2")).to_be_visible()
        list_page.keyboard.press("k")
        expect(drawer(list_page).get_by_role("heading", name="post-3")).to_be_visible()
        list_page.keyboard.press("Escape")

        expect(drawer(list_page)).to_be_hidden()
        expect(list_page.get_by_role("link", name="post-3")).to_be_focused()

    def test_space_shows_the_image_and_hides_it_again(self, list_page):
        list_page.keyboard.press("j")
        list_page.keyboard.press("Enter")
        show = drawer(list_page).get_by_role("button", name="Show image")
        expect(show).to_have_attribute("aria-pressed", "false")

        list_page.keyboard.press("Space")
        expect(show).to_have_attribute("aria-pressed", "true")
        list_page.keyboard.press("Space")

        expect(show).to_have_attribute("aria-pressed", "false")

    def test_evidence_can_be_hidden_and_is_lit_when_pointed_at(self, list_page):
        list_page.get_by_role("link", name="post-3").click()
        marks = drawer(list_page).locator("svg.evidence g.medium")
        expect(marks.locator("rect")).to_have_count(1)

        drawer(list_page).get_by_text("found by codes 1").hover()
        expect(marks).to_have_class("medium lit")
        drawer(list_page).get_by_role("checkbox", name="pt_qrCode").uncheck()

        expect(marks).to_be_hidden()

    def test_the_answer_is_copied(self, list_page, results, context):
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        list_page.get_by_role("link", name="post-3").click()
        drawer(list_page).get_by_text("API answer").click()

        drawer(list_page).get_by_role("button", name="Copy", exact=True).last.click()

        expect(list_page.get_by_role("status")).to_contain_text("Copied")
        copied = list_page.evaluate("navigator.clipboard.readText()")
        assert f'"RequestId": "{results[2].request_id}"' in copied

    def test_the_details_are_a_page_too(self, list_page):
        list_page.get_by_role("link", name="post-3").click()

        list_page.get_by_role("link", name="Open as a page").click()

        expect(list_page.get_by_role("heading", name="post-3", level=1)).to_be_visible()
        expect(list_page.get_by_text("Block or remove")).to_be_visible()


class TestSearch:
    def test_a_request_id_is_found_while_typing(self, list_page, results):
        list_page.keyboard.press("/")
        list_page.keyboard.insert_text(results[0].request_id.lower())

        expect(list_page.get_by_role("link", name="post-1")).to_be_visible()
        expect(list_page.get_by_role("link", name="post-3")).to_be_hidden()
        expect(list_page).to_have_url(re.compile("request_id="))

        list_page.get_by_label("Request ID").fill("nobody")
        list_page.get_by_role("link", name="Clear filters").click()
        expect(list_page.get_by_role("link", name="post-3")).to_be_visible()


class TestPages:
    def test_older_and_newer_keep_the_history(self, results, signed_in_page, monkeypatch):
        monkeypatch.setattr(forms, "PAGE_SIZES", (2,))
        page = signed_in_page(Role.VIEWER, "/results/")

        page.get_by_role("link", name="Older").click()
        expect(page.get_by_role("link", name="post-1")).to_be_visible()
        expect(page.get_by_text("This is the end")).to_be_visible()
        page.go_back()

        expect(page.get_by_role("link", name="post-3")).to_be_visible()
