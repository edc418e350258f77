"""Detection results by mouse and keyboard: search, drawer, evidence, pages."""

import io
import re

import openpyxl
import pytest
from playwright.sync_api import expect

from console.roles import Role
from onlinetest.models import TestRun
from results import forms
from results.models import DetectionResult, Feedback
from rules.services import install_catalogue
from tests.factories import DetectionResultFactory, HitFactory, ImageLibraryFactory
from tests.libraries.samples import add_shown
from tests.results.test_matches import image_match, result_with

PAIR = ("Checked image", "Library image")


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

    def test_closing_returns_to_the_row_that_was_shown(self, list_page, results):
        list_page.goto(f"{list_page.url}?open={results[1].request_id}")
        expect(drawer(list_page).get_by_role("heading", name="post-2")).to_be_visible()
        list_page.keyboard.press("j")
        expect(drawer(list_page).get_by_role("heading", name="post-1")).to_be_visible()

        list_page.keyboard.press("Escape")

        expect(list_page.get_by_role("link", name="post-1")).to_be_focused()

    def test_space_does_not_scroll_the_list_behind_the_details(self, list_page, results):
        DetectionResult.objects.filter(pk=results[0].pk).update(preview="")
        list_page.get_by_role("link", name="post-1").click()
        expect(drawer(list_page).get_by_role("heading", name="post-1")).to_be_visible()
        list_page.evaluate(
            "addEventListener('keydown', e => { document.title = e.defaultPrevented; })"
        )

        list_page.keyboard.press("Space")

        expect(list_page).to_have_title("true")

    def test_a_key_waits_for_the_details_that_are_on_their_way(self, results, signed_in_page):
        page = signed_in_page(Role.MODERATOR, f"/results/?open={results[2].request_id}")
        expect(drawer(page).get_by_role("heading", name="post-3")).to_be_visible()
        on_their_way = []

        def hold(route):
            on_their_way.append(route)

        page.route(f"**/results/{results[1].request_id}/", hold)
        with page.expect_request(f"**/results/{results[1].request_id}/"):
            page.keyboard.press("j")

        page.keyboard.press("f")
        on_their_way[0].continue_()

        expect(page.get_by_text("Marked as a false positive.")).to_be_visible()
        expect(drawer(page).get_by_role("heading", name="post-2")).to_be_visible()
        assert [one.result for one in Feedback.objects.all()] == [results[1]]

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

        drawer(list_page).get_by_text("found by codes, version 1").hover()
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

    def test_labels_and_risks_are_filters_that_the_address_keeps(self, list_page):
        list_page.get_by_label("Returned label").fill("!=nonLabel")
        expect(list_page.get_by_text("2 results", exact=True)).to_be_visible()
        expect(list_page.get_by_role("checkbox", name="Safe 0")).to_be_visible()

        list_page.get_by_role("checkbox", name="Medium").check()

        expect(list_page.get_by_text("1 result", exact=True)).to_be_visible()
        expect(list_page.get_by_role("link", name="post-2")).to_be_visible()
        expect(list_page).to_have_url(re.compile(r"label=(!|%21)%3DnonLabel.*risk=medium"))
        list_page.reload()
        expect(list_page.get_by_role("checkbox", name="Medium 1")).to_be_checked()
        list_page.get_by_role("link", name="Clear filters").click()
        expect(list_page.get_by_role("link", name="post-1")).to_be_visible()

    def test_each_change_of_a_filter_is_one_request(self, list_page):
        asked = []
        list_page.on("request", lambda request: asked.append(request.url))

        list_page.get_by_label("Data ID").fill("post-1")
        expect(list_page.get_by_text("1 result", exact=True)).to_be_visible()
        list_page.get_by_label("Source").select_option("api")  # leaves the field with the text
        expect(list_page).to_have_url(re.compile("source=api"))
        list_page.get_by_role("checkbox", name="High").check()
        expect(list_page.get_by_text("No result matches")).to_be_visible()

        searches = [url.partition("?")[2] for url in asked if "/results/?" in url]
        assert searches == [
            "data_id=post-1&size=20",
            "data_id=post-1&source=api&size=20",
            "data_id=post-1&source=api&risk=high&size=20",
        ]

    def test_suggestions_follow_the_last_comma(self, list_page):
        field = list_page.get_by_label("Returned label")
        field.focus()
        options = list_page.locator("#labels option")
        expect(options.nth(5)).to_be_attached()

        field.press_sequentially("violent_gun, pt_l")

        expect(list_page.locator("#labels option[value='violent_gun, pt_logo']")).to_be_attached()

    def test_what_is_wrong_with_a_filter_is_said_while_typing(self, list_page):
        list_page.get_by_label("Returned label").fill("!=")

        expect(list_page.get_by_role("alert")).to_contain_text("Write a label after !=")

    def test_two_times_are_asked_for_when_they_are_chosen(self, list_page):
        expect(list_page.get_by_label("From, UTC")).to_be_hidden()

        list_page.get_by_label("Time", exact=True).select_option("Between two times")
        expect(list_page).to_have_url(re.compile("time=custom"))
        list_page.get_by_label("From, UTC").fill("2999-01-01T00:00")

        expect(list_page.get_by_text("No result matches")).to_be_visible()

    def test_filters_fold_on_a_narrow_screen(self, results, signed_in_page, page):
        page.set_viewport_size({"width": 390, "height": 844})
        signed_in_page(Role.VIEWER, "/results/")
        expect(page.get_by_label("Data ID")).to_be_hidden()

        page.get_by_role("button", name="Filters").click()

        expect(page.get_by_label("Data ID")).to_be_visible()


class TestSelection:
    def checked(self, page):
        return page.locator("tbody input:checked")

    def test_keys_and_shift_select_without_opening_anything(self, list_page):
        list_page.keyboard.press("j")
        expect(list_page.get_by_role("link", name="post-3")).to_be_focused()
        list_page.keyboard.press("x")
        expect(list_page.get_by_text("1 selected")).to_be_visible()

        list_page.get_by_role("checkbox", name="Select post-1").click(modifiers=["Shift"])

        expect(list_page.get_by_text("3 selected")).to_be_visible()
        expect(drawer(list_page)).to_be_hidden()
        list_page.keyboard.press("Escape")
        expect(self.checked(list_page)).to_have_count(0)

    def test_escape_closes_the_drawer_and_keeps_the_selection(self, list_page):
        list_page.get_by_role("checkbox", name="Select post-1").check()
        list_page.get_by_role("link", name="post-3").click()
        expect(drawer(list_page).get_by_role("heading", name="post-3")).to_be_visible()

        list_page.keyboard.press("Escape")

        expect(drawer(list_page)).to_be_hidden()
        expect(self.checked(list_page)).to_have_count(1)

    def test_the_selected_results_are_exported(self, list_page):
        list_page.get_by_role("checkbox", name="Select post-2").check()

        with list_page.expect_download() as download:
            list_page.get_by_role("group", name="Selection").get_by_role(
                "button", name="Export as CSV"
            ).click()

        lines = download.value.path().read_text("utf-8-sig").splitlines()
        assert [line.split(",")[2] for line in lines] == ["Data ID", "post-2"]

    def test_all_that_was_found_is_exported_as_a_workbook(self, list_page):
        list_page.get_by_role("checkbox", name="High").check()
        expect(list_page.get_by_text("1 result", exact=True)).to_be_visible()
        list_page.get_by_role("button", name="Export", exact=True).click()

        with list_page.expect_download() as download:
            list_page.get_by_role("link", name="Export as Excel workbook").click()

        rows = list(
            openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes())).active.values
        )
        assert [row[2] for row in rows] == ["Data ID", "post-3"]


class TestMissingPictures:
    def test_a_file_that_is_gone_makes_room_for_a_sign(self, results, signed_in_page, page_errors):
        results[2].thumbnail.storage.delete(results[2].thumbnail.name)

        page = signed_in_page(Role.VIEWER, "/results/")

        row = page.get_by_role("row", name=re.compile("post-3"))
        expect(row.get_by_role("img", name="Image not available")).to_be_visible()
        expect(row.locator("td.c-thumb img")).to_have_count(0)
        page_errors.expect("404")

    def test_the_overview_makes_room_for_it_too(self, results, signed_in_page, page_errors):
        results[2].thumbnail.storage.delete(results[2].thumbnail.name)
        DetectionResult.objects.filter(pk=results[2].pk).update(risk_level="high")

        page = signed_in_page(Role.VIEWER, "/")

        hits = page.get_by_role("region", name="Newest high-risk images")
        expect(hits.get_by_role("img", name="Image not available")).to_be_visible()
        expect(hits.locator("img")).to_have_count(0)
        page_errors.expect("404")

    def test_a_card_of_the_online_test_too(self, results, account, signed_in_page, page_errors):
        hit = results[2]
        hit.preview.storage.delete(hit.preview.name)
        run = TestRun.objects.create(
            account=account, service=account.services.first(), planned_count=1
        )
        run.items.create(position=0, name="photo.jpg", state="done", result=hit)

        page = signed_in_page(Role.MODERATOR, f"/test/{run.pk}/")

        card = page.get_by_role("article", name="photo.jpg")
        expect(card.get_by_role("img", name="Image not available")).to_be_visible()
        expect(card.locator("img")).to_have_count(0)
        page_errors.expect("404")


class TestSavedSearches:
    def open_menu(self, page):
        page.get_by_role("button", name="Saved searches").click()

    def test_a_search_is_saved_used_renamed_and_deleted(self, list_page):
        list_page.get_by_role("checkbox", name="Medium").check()
        expect(list_page.get_by_text("1 result", exact=True)).to_be_visible()
        expect(list_page).to_have_url(re.compile("risk=medium"))
        self.open_menu(list_page)
        list_page.get_by_role("link", name="Save this search").click()
        dialog = list_page.get_by_role("dialog", name="Save this search")
        dialog.get_by_label("Name").fill("Doubtful")
        dialog.get_by_role("button", name="Save").click()
        expect(list_page.get_by_role("status")).to_contain_text("Saved.")

        list_page.get_by_role("link", name="Clear filters").click()
        expect(list_page.get_by_role("link", name="post-1")).to_be_visible()
        self.open_menu(list_page)
        list_page.get_by_role("link", name="Doubtful", exact=True).click()

        expect(list_page.get_by_role("link", name="post-2")).to_be_visible()
        expect(list_page.get_by_role("link", name="post-1")).to_be_hidden()
        expect(list_page.get_by_role("checkbox", name="Medium 1")).to_be_checked()

        self.open_menu(list_page)
        list_page.get_by_role("link", name="Edit Doubtful").click()
        dialog = list_page.get_by_role("dialog", name="Rename search")
        dialog.get_by_label("Name").fill("Unsure")
        dialog.get_by_role("button", name="Save").click()
        expect(list_page.get_by_role("status")).to_contain_text("Saved.")
        self.open_menu(list_page)
        list_page.get_by_role("link", name="Edit Unsure").click()
        list_page.get_by_role("dialog").get_by_role("button", name="Delete").click()

        expect(list_page.get_by_role("status")).to_contain_text("was deleted")
        self.open_menu(list_page)
        expect(list_page.get_by_role("link", name="Save this search")).to_be_visible()
        expect(list_page.get_by_role("link", name="Unsure")).to_have_count(0)


class TestPages:
    def test_older_and_newer_keep_the_history(self, results, signed_in_page, monkeypatch):
        monkeypatch.setattr(forms, "PAGE_SIZES", (2,))
        page = signed_in_page(Role.VIEWER, "/results/")

        page.get_by_role("link", name="Older").click()
        expect(page.get_by_role("link", name="post-1")).to_be_visible()
        expect(page.get_by_text("This is the end")).to_be_visible()
        page.go_back()

        expect(page.get_by_role("link", name="post-3")).to_be_visible()


class TestPair:
    @pytest.mark.parametrize("width", [1440, 390])
    def test_a_library_image_stands_beside_what_was_checked(self, width, account, signed_in_page):
        match = image_match(add_shown(ImageLibraryFactory(account=account)))
        result = result_with(account, image_matches=[match])
        page = signed_in_page(Role.VIEWER, f"/results/{result.request_id}/")
        page.set_viewport_size({"width": width, "height": 900})
        checked, known = (page.get_by_role("figure", name=name) for name in PAIR)

        expect(known).to_be_visible()

        left, right = checked.bounding_box(), known.bounding_box()
        assert left["y"] == right["y"]
        assert left["x"] + left["width"] < right["x"]
        for box in (
            checked.locator(".media").bounding_box(),
            known.locator(".media").bounding_box(),
        ):
            assert box["width"] == pytest.approx(box["height"] * 4 / 3, abs=1)
        assert known.locator(".media").bounding_box()["width"] <= right["width"]
