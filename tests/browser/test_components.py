"""The shared components in a real browser, on a page that only tests open."""

import copy
import re
from itertools import product

import pytest
from django.conf import settings as console_settings
from playwright.sync_api import expect

from tests.browser.accessibility import examine
from tests.browser.gallery import TEMPLATE_FOLDER
from tests.browser.pages import THEMES, WIDTHS
from tests.browser.test_pages import _photograph


@pytest.fixture
def gallery(settings, signed_in_page):
    """The page of all components, opened with a query: gallery("?edit")."""
    templates = copy.deepcopy(console_settings.TEMPLATES)
    templates[0]["DIRS"] = [*templates[0]["DIRS"], TEMPLATE_FOLDER]
    settings.TEMPLATES = templates
    settings.ROOT_URLCONF = "tests.browser.gallery"
    return lambda query="", **member: signed_in_page(address=f"/gallery/{query}", **member)


def number(page, name):
    return page.get_by_role("spinbutton", name=name, exact=True)


def scope_form(page):
    return page.get_by_role("form", name="Detection scope")


def save(page):
    scope_form(page).get_by_role("button", name="Save").click()


def slider(page, name):
    return page.get_by_role("slider", name=f"{name}, slider")


class TestEveryComponent:
    @pytest.mark.parametrize("query", ["", "?edit", "?view=table"])
    def test_is_accessible_and_fits(self, gallery, query):
        page = gallery(query, user__username="mei.tan")

        for width, theme in product(WIDTHS, THEMES):
            page.set_viewport_size({"width": width, "height": WIDTHS[width]})
            page.emulate_media(color_scheme=theme)
            page.reload()
            page.get_by_role("checkbox", name="Select image 2").check()
            _photograph(page, f"gallery-{query[1:] or 'view'}-{width}-{theme}")

            results = examine(page)

            assert results.violations_count == 0, results.generate_report()
            assert page.evaluate("document.documentElement.scrollWidth") <= width


class TestScoreRange:
    def test_a_slider_sets_the_number_in_whole_steps(self, gallery):
        page = gallery("?edit")

        slider(page, "High-risk score of violent_blood").press("ArrowDown")

        expect(number(page, "High-risk score of violent_blood")).to_have_value("87")

    def test_the_thumbs_do_not_cross(self, gallery):
        page = gallery("?edit")

        slider(page, "Medium-risk score of violent_gun").press("End")
        slider(page, "High-risk score of violent_gun").press("Home")

        expect(number(page, "Medium-risk score of violent_gun")).to_have_value("80")
        expect(number(page, "High-risk score of violent_gun")).to_have_value("80")

    def test_a_thumb_is_dragged(self, gallery):
        page = gallery("?edit")
        box = page.locator("score-range").first.bounding_box()
        y = box["y"] + box["height"] / 2

        page.mouse.move(box["x"] + box["width"] * 0.6, y)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.3, y, steps=4)
        page.mouse.up()

        expect(number(page, "Medium-risk score of violent_gun")).to_have_value("30")

    def test_a_number_moves_its_thumb(self, gallery):
        page = gallery("?edit")

        number(page, "Medium-risk score of violent_gun").fill("12.25")

        expect(slider(page, "Medium-risk score of violent_gun")).to_have_value("12")

    def test_crossed_numbers_are_not_sent(self, gallery):
        page = gallery("?edit")
        number(page, "Medium-risk score of violent_gun").fill("90")

        save(page)

        expect(page.locator("#scope-form")).to_be_visible()
        assert number(page, "High-risk score of violent_gun").evaluate(
            "f => f.validity.customError"
        )


class TestEditing:
    def test_the_bar_counts_the_rows_that_differ(self, gallery):
        page = gallery("?edit")
        button = scope_form(page).get_by_role("button", name="Save")
        expect(button).to_be_disabled()

        page.get_by_role("switch", name="violent_gun").uncheck()
        number(page, "Medium-risk score of violent_gun").fill("50")
        expect(page.get_by_text("1 label changed")).to_be_visible()
        page.get_by_role("combobox", name="Library").select_option("")
        expect(page.get_by_text("2 labels changed")).to_be_visible()
        expect(page.locator("tr.changed")).to_have_count(1)
        number(page, "Medium-risk score of violent_gun").fill("60.00")
        page.get_by_role("switch", name="violent_gun").check()
        page.get_by_role("combobox", name="Library").select_option("1")

        expect(page.get_by_text("No changes yet")).to_be_visible()
        expect(button).to_be_disabled()

    def test_keys_edit_and_save(self, gallery):
        page = gallery()

        page.keyboard.press("e")
        number(page, "Medium-risk score of violent_gun").fill("50")
        page.keyboard.press("Control+s")

        expect(page.get_by_role("link", name="Edit")).to_be_focused()
        expect(page.locator("#scope-panel")).to_contain_text("Medium 50")

    def test_the_key_saves_the_form_that_changed(self, gallery):
        page = gallery("?edit")
        page.get_by_role("switch", name="Official images").check()

        with page.expect_request(lambda request: request.method == "POST") as sent:
            page.keyboard.press("Control+s")

        assert "exempt=on" in sent.value.post_data

    def test_the_count_is_right_after_a_refusal_and_the_bad_field_has_the_focus(
        self, gallery, page_errors
    ):
        page = gallery("?edit")
        page.get_by_role("switch", name="violent_blood").uncheck()
        number(page, "Medium-risk score of violent_gun").fill("66")

        save(page)

        bad = number(page, "Medium-risk score of violent_gun")
        expect(bad).to_have_accessible_description("Not this one.")
        expect(bad).to_be_focused()
        expect(page.get_by_text("2 labels changed")).to_be_visible()
        page_errors.expect("422")

    def test_leaving_by_a_tab_asks_first(self, gallery):
        page = gallery("?edit")
        number(page, "Medium-risk score of violent_gun").fill("50")

        page.get_by_role("link", name="Detection scope").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Cancel").click()
        expect(number(page, "Medium-risk score of violent_gun")).to_have_value("50")
        page.get_by_role("link", name="Detection scope").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Leave").click()

        expect(page.get_by_role("link", name="Edit")).to_be_visible()

    def test_leaving_by_a_link_asks_first(self, gallery):
        page = gallery("?edit")
        number(page, "Medium-risk score of violent_gun").fill("50")
        asked = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))

        page.get_by_role("link", name="Overview tab").click()

        expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
        assert asked == ["beforeunload"]

    def test_discarding_does_not_ask(self, gallery):
        page = gallery("?edit")
        number(page, "Medium-risk score of violent_gun").fill("50")

        scope_form(page).get_by_role("link", name="Discard").click()

        expect(page.get_by_role("link", name="Edit")).to_be_focused()

    def test_saving_one_form_asks_before_another_loses_its_changes(self, gallery):
        page = gallery("?edit")
        number(page, "Medium-risk score of violent_gun").fill("50")
        page.get_by_role("switch", name="Official images").check()

        save(page)

        expect(page.get_by_role("alertdialog", name="Leave without saving?")).to_be_visible()

    def test_a_review_saves_what_was_typed(self, gallery):
        page = gallery("?edit")
        number(page, "Medium-risk score of violent_gun").fill("50")
        page.get_by_label("Comment").fill("much")
        save(page)
        expect(page.get_by_role("dialog", name="Review 2 changes")).to_be_visible()

        page.get_by_role("button", name="Save 2 changes").click()

        expect(page.locator("#scope-panel")).to_contain_text("Medium 50")
        expect(page.get_by_role("dialog")).to_have_count(0)

    def test_a_stale_save_is_applied_again(self, gallery, page_errors):
        page = gallery("?edit")
        number(page, "Medium-risk score of violent_gun").fill("50")
        page.get_by_label("Comment").fill("stale")
        save(page)

        page.get_by_role("button", name="Apply mine again").click()

        expect(page.locator("#scope-panel")).to_contain_text("Medium 50")
        page_errors.expect("409")


class TestDialogs:
    @pytest.mark.parametrize("name", ["Delete", "Add images"])
    def test_a_dialog_is_accessible(self, gallery, name):
        page = gallery()

        for width, theme in product(WIDTHS, THEMES):
            page.set_viewport_size({"width": width, "height": WIDTHS[width]})
            page.emulate_media(color_scheme=theme)
            page.reload()
            page.get_by_role("link", name=name, exact=True).click()
            expect(page.get_by_role("dialog", name=name)).to_be_visible()
            page.keyboard.type("Ads")  # which the button waits for
            _photograph(page, f"gallery-{name}-{width}-{theme}")

            results = examine(page)

            assert results.violations_count == 0, results.generate_report()


class TestTypedName:
    def test_the_button_waits_for_the_name(self, gallery):
        page = gallery()
        page.get_by_role("link", name="Delete").click()
        button = page.get_by_role("button", name="Delete library")
        expect(button).to_be_disabled()
        expect(page.get_by_label("Type its name")).to_be_focused()

        page.keyboard.type("Ads")
        button.click()

        expect(page.get_by_role("dialog")).to_have_count(0)


class TestSelection:
    def test_shift_click_takes_a_range(self, gallery):
        page = gallery()

        page.get_by_role("checkbox", name="Select image 2").click()
        page.get_by_role("checkbox", name="Select image 5").click(modifiers=["Shift"])

        expect(page.get_by_text("4 selected")).to_be_visible()
        expect(page.get_by_role("checkbox", name="Select image 4")).to_be_checked()

    def test_all_are_selected_and_cleared(self, gallery):
        page = gallery("?view=table")

        page.get_by_role("checkbox", name="Select all on this page").check()
        expect(page.get_by_text("8 selected")).to_be_visible()
        page.keyboard.press("Escape")

        expect(page.get_by_role("group", name="Selection")).to_be_hidden()

    def test_x_selects_what_has_the_focus(self, gallery):
        page = gallery()
        page.get_by_role("checkbox", name="Select image 3").focus()

        page.keyboard.press("x")

        expect(page.get_by_text("1 selected")).to_be_visible()

    def test_a_row_is_selected_by_a_click_on_it(self, gallery):
        page = gallery("?view=table")

        page.get_by_text("photo-6.jpg").click()

        expect(page.get_by_role("checkbox", name="Select image 6")).to_be_checked()

    def test_the_view_is_changed_in_place(self, gallery):
        page = gallery()

        page.get_by_role("link", name="Table").click()

        expect(page.locator("#images table")).to_be_visible()
        expect(page).to_have_url(re.compile("view=table"))


class TestJob:
    def test_it_asks_again_until_it_has_ended(self, gallery):
        page = gallery()
        job = page.get_by_role("article", name="pictures.zip")
        expect(job).to_contain_text("312 / 1,000")

        expect(job).to_contain_text("Done")

        expect(job.get_by_role("button", name="Cancel")).to_have_count(0)

    def test_it_is_canceled(self, gallery):
        page = gallery()
        job = page.get_by_role("article", name="pictures.zip")

        job.get_by_role("button", name="Cancel").click()

        expect(job).to_contain_text("Canceled")


class TestUploads:
    def files(self, *names, size=20):
        return [{"name": name, "mimeType": "image/png", "buffer": b"x" * size} for name in names]

    def test_each_file_gets_its_answer(self, gallery, page_errors):
        page = gallery()

        page.locator("#files").set_input_files(
            self.files("a.png", "b.png", "bad.png", "c.png", "d.png")
        )

        expect(page.locator("upload-list").get_by_role("status")).to_have_text("5 / 5")
        expect(page.locator(".upload-row", has_text="Added")).to_have_count(4)
        expect(page.locator(".upload-row.bad")).to_contain_text("Refused")
        page_errors.expect("422")

    def test_what_cannot_be_taken_is_refused_at_once(self, gallery):
        page = gallery()

        page.locator("#files").set_input_files(
            [*self.files("big.png", size=1001), *self.files("empty.png", size=0)]
        )

        rows = page.locator(".upload-row.bad")
        expect(rows.nth(0)).to_contain_text("larger than")
        expect(rows.nth(1)).to_contain_text("empty")

    def test_more_files_than_allowed_are_left_out(self, gallery):
        page = gallery()

        page.locator("#files").set_input_files(self.files(*(f"{n}.png" for n in range(12))))

        expect(page.locator(".upload-row", has_text="Added")).to_have_count(10)
        expect(page.locator(".upload-row.bad")).to_have_count(2)

    def test_they_go_on_when_their_dialog_is_closed(self, gallery):
        page = gallery()
        held = []

        def hold(route):
            held.append(route)

        page.route("**/gallery/add/", hold)
        page.get_by_role("link", name="Add images", exact=True).click()
        with page.expect_request("**/gallery/add/"):
            page.locator("#more").set_input_files(self.files("a.png"))

        page.get_by_role("button", name="Close").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        held[0].fulfill(body='<li class="upload-row">Added</li>')

        expect(page.get_by_text("Uploads finished: 1")).to_be_visible()

    def test_a_failed_upload_is_tried_again(self, gallery, page_errors):
        page = gallery()
        page.locator("#files").set_input_files(self.files("away.png"))
        retry = page.get_by_role("button", name="Retry")
        expect(retry).to_be_visible()
        answer = '<li class="upload-row">Added at last</li>'
        page.route("**/gallery/add/", lambda route: route.fulfill(body=answer))

        retry.click()

        expect(page.get_by_text("Added at last")).to_be_visible()
        page_errors.expect("503")

    def test_a_whole_folder_is_taken(self, gallery, tmp_path):
        page = gallery()
        for name in ("one.png", "inner/two.png"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(b"x")

        page.get_by_label("Choose a folder").set_input_files(tmp_path)

        expect(page.locator(".upload-row", has_text="Added")).to_have_count(2)

    def test_dropped_files_are_taken(self, gallery):
        page = gallery()
        transfer = page.evaluate_handle(
            "() => { const t = new DataTransfer();"
            " t.items.add(new File(['x'], 'z.png')); return t; }"
        )

        page.dispatch_event(".drop", "drop", {"dataTransfer": transfer})

        expect(page.locator(".upload-row")).to_contain_text("z.png")


class TestLines:
    def test_lines_are_counted_while_they_are_typed(self, gallery):
        page = gallery()

        page.get_by_label("Keywords").fill(f"one\n\ntwo\nOne\n{'x' * 21}\n")

        expect(
            page.get_by_text("4 keywords · 1 longer than 20 characters · 1 repeated")
        ).to_be_visible()
