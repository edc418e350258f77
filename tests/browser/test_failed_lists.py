"""Lists that cannot be fetched: the list says so, and tries again."""

import re

import pytest
from playwright.sync_api import expect

from console.roles import Role
from rules.services import install_catalogue
from tests.browser.accessibility import examine
from tests.factories import DetectionResultFactory, VocabularyFactory


@pytest.fixture
def results(account):
    return [DetectionResultFactory(account=account, data_id=f"post-{n}") for n in (1, 2)]


def fail(page, address):
    """Let requests of htmx to an address fail on the server."""
    page.route(re.compile(address), lambda route: route.fulfill(status=500, body="broken"))


class TestFailedList:
    def test_it_says_why_and_tries_the_same_again(self, results, signed_in_page, page_errors):
        page = signed_in_page(Role.VIEWER, "/results/")
        fail(page, r"/results/\?")
        page.get_by_label("Data ID", exact=True).fill("post-2")
        region = page.get_by_role("region", name="Results")
        again = region.get_by_role("button", name="Try again")

        expect(region.get_by_role("alert")).to_contain_text("The request failed with status 500.")
        expect(region.get_by_role("row")).to_have_count(0)
        expect(page.get_by_label("Data ID", exact=True)).to_be_focused()
        results_of_axe = examine(page)
        assert results_of_axe.violations_count == 0, results_of_axe.generate_report()
        again.click()
        expect(again).to_be_enabled()

        page.unroute(re.compile(r"/results/\?"))
        again.click()
        expect(page.get_by_role("link", name="post-2")).to_be_visible()
        expect(page.get_by_role("link", name="post-1")).to_have_count(0)
        expect(page).to_have_url(re.compile("data_id=post-2"))
        page_errors.expect("500")

    def test_a_server_that_cannot_be_reached_is_told_from_one_that_fails(
        self, results, signed_in_page, page_errors
    ):
        page = signed_in_page(Role.VIEWER, "/results/")
        page.route(re.compile(r"/results/\?"), lambda route: route.abort())
        page.get_by_label("Source").select_option("test")

        alert = page.get_by_role("region", name="Results").get_by_role("alert")
        expect(alert).to_contain_text("The server cannot be reached")
        page.unroute(re.compile(r"/results/\?"))
        alert.get_by_role("button", name="Try again").click()

        expect(page.get_by_role("heading", name="No result matches")).to_be_visible()
        page_errors.expect("net::ERR_FAILED")
        page_errors.expect("htmx:sendError")

    def test_a_filter_that_is_used_meanwhile_works(self, results, signed_in_page, page_errors):
        page = signed_in_page(Role.VIEWER, "/results/")
        fail(page, r"data_id=post-2")
        page.get_by_label("Data ID", exact=True).fill("post-2")
        expect(page.get_by_role("button", name="Try again")).to_be_visible()

        page.get_by_label("Data ID", exact=True).fill("post-1")

        expect(page.get_by_role("link", name="post-1")).to_be_visible()
        expect(page.get_by_role("button", name="Try again")).to_have_count(0)
        page_errors.expect("500")

    @pytest.mark.parametrize(
        ("address", "role", "label"),
        [
            ("/audit/", "textbox", "Which, or request ID"),
            ("/rules/", "searchbox", "Filter services"),
            ("/libraries/keywords/{pk}/", "searchbox", "Search keywords"),
        ],
    )
    def test_every_list_that_is_filtered_tries_again(
        self, address, role, label, account, signed_in_page, page_errors
    ):
        install_catalogue(account=account)
        vocabulary = VocabularyFactory(account=account)
        page = signed_in_page(Role.ADMINISTRATOR, address.format(pk=vocabulary.pk))
        fail(page, "=zebra")

        page.get_by_role("main").get_by_role(role, name=label).fill("zebra")
        expect(page.get_by_role("alert")).to_contain_text("The request failed with status 500.")
        page.unroute(re.compile("=zebra"))
        page.get_by_role("button", name="Try again").click()

        expect(page.get_by_role("button", name="Try again")).to_have_count(0)
        expect(
            page.get_by_role("heading", name=re.compile("^No .+ (matches|yet)$"))
        ).to_be_visible()
        expect(page).to_have_url(re.compile("=zebra"))
        page_errors.expect("500")


class TestFailedDetails:
    def test_what_is_no_list_is_told_as_a_toast(self, results, signed_in_page, page_errors):
        page = signed_in_page(Role.VIEWER, "/results/")
        fail(page, rf"/results/{results[0].request_id}/")
        page.get_by_role("link", name="post-1").click()

        expect(page.locator("#toasts")).to_contain_text("The request failed with status 500.")
        expect(page.get_by_role("link", name="post-1")).to_be_visible()
        page_errors.expect("500")
