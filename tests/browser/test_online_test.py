"""The online test in a real browser, against a console that really runs: web, queue and worker."""

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Cookie, Locator, Page, expect

from tests import pictures
from tests.browser.accessibility import examine
from tests.browser.pages import THEMES, WIDTHS
from tests.house.running import RunningConsole
from tests.openapi.picture_server import picture_server

ENGINE_MS = 60_000


@pytest.fixture(scope="module")
def console() -> Iterator[RunningConsole]:
    """A console that fetches pictures from this machine."""
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:  # sockets need short paths
        data_dir = Path(folder) / "data"
        data_dir.mkdir()
        (data_dir / "models").symlink_to(Path(settings.MODEL_DIR))
        environment = {"WEB_PROCESSES": "1", "FETCH_ALLOWED_NETWORKS": "127.0.0.0/8"}
        with RunningConsole(data_dir, environment) as console:
            console.wait_for(lambda: "ready after" in console.text)
            yield console


@pytest.fixture(scope="module")
def cookies(console: RunningConsole, browser: Browser) -> list[Cookie]:
    """The cookies of a moderator who has signed in."""
    made = console.manage("create_member", "mei.tan", "--role", "moderator", "--json")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{console.port}/account/login/?next=/test/")
        page.locator("[name=login]").fill("mei.tan")
        page.locator("[name=password]").fill(json.loads(made)["password"])
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Online test")).to_be_visible()
        return context.cookies()


@pytest.fixture
def test_page(page: Page, console: RunningConsole, cookies: list[Cookie]) -> Page:
    """The online test, signed in."""
    page.context.add_cookies(cookies)  # type: ignore[arg-type]  # what it gave, it takes
    page.goto(f"http://127.0.0.1:{console.port}/test/")
    return page


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Ten files: nine pictures, one with words for sale, and a text that calls itself one."""
    contents = {
        "offer.png": pictures.png(pictures.draw_text("cocaine for sale", "call me")),
        "notes.jpg": b"This is a text and no picture. " * 10,
        **{f"{name}.jpg": pictures.jpeg(pictures.photo(name, (320, 240))) for name in _PHOTOS},
    }
    paths = [tmp_path / name for name in contents]
    for path in paths:
        path.write_bytes(contents[path.name])
    return paths


_PHOTOS = ("cat", "coffee", "coins", "flower", "rocket", "temple", "motorcycle", "astronaut")


def choose(page: Page, paths: list[Path]) -> None:
    page.locator("#images").set_input_files(paths)


def press_test(page: Page) -> None:
    page.locator("#test-form").get_by_role("button", name=re.compile("^Test")).click()


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name, exact=True)


def expect_finished(page: Page, count: int) -> None:
    status = page.locator("#progress").get_by_role("status")
    expect(status).to_have_text(f"{count} / {count}", timeout=ENGINE_MS)


@pytest.mark.slow
class TestOnlineTest:
    def test_files_and_urls_get_their_results(self, test_page, files):
        with picture_server() as (address, _):
            test_page.get_by_label("Data ID").fill("post-7")
            choose(test_page, files)
            urls = f"{address}/cat.jpg\n{address}/missing.jpg"
            test_page.get_by_label("Image URLs").fill(urls)
            press_test(test_page)
            expect(test_page).to_have_url(re.compile(r"/test/[0-9a-f-]{36}/$"))
            expect_finished(test_page, 12)

        for name in ("notes.jpg", f"{address}/missing.jpg"):
            expect(card(test_page, name).locator(".err")).to_be_visible()
        offer = card(test_page, "offer.png")
        expect(offer).to_contain_text("contraband_drug_tii")
        expect(offer).to_contain_text(re.compile(r"\d ms"))
        expect(card(test_page, "cat.jpg").locator(".badge")).to_be_visible()

        test_page.reload()

        expect(test_page.get_by_role("article")).to_have_count(12)
        expect(offer).to_contain_text("contraband_drug_tii")

    def test_a_failed_image_is_tried_again_where_it_stands(self, test_page):
        with picture_server() as (address, _):
            test_page.get_by_label("Image URLs").fill(f"{address}/missing.jpg")
            press_test(test_page)
            expect_finished(test_page, 1)
            retry = test_page.get_by_role("button", name="Retry")

            retry.click()

            expect_finished(test_page, 1)
            expect(retry).to_be_visible()
        expect(test_page.get_by_role("article")).to_have_count(1)

    def test_an_image_is_blurred_until_it_is_shown(self, test_page, files):
        choose(test_page, files[:1])
        press_test(test_page)
        expect_finished(test_page, 1)
        image = card(test_page, "offer.png").locator(".media img")
        expect(image).to_have_css("filter", re.compile("blur"))
        boxes = card(test_page, "offer.png").locator("svg.evidence rect")

        test_page.get_by_role("button", name="Show image").click()

        expect(image).to_have_css("filter", "none")
        expect(boxes.first).to_be_visible()

        test_page.get_by_role("link", name="Details of offer.png").click()

        expect(test_page).to_have_url(re.compile(r"/results/[0-9A-F-]{36}/$"))
        expect(test_page.get_by_text("contraband_drug_tii").first).to_be_visible()

    def test_an_image_that_is_shown_stays_so_and_the_focus_stays(self, test_page, files):
        choose(test_page, files[2:6])
        test_page.get_by_role("button", name="Show image").first.click()

        press_test(test_page)
        test_page.locator("#progress").wait_for()
        last = card(test_page, files[5].name)
        last.get_by_role("button", name="Show image").focus()
        expect_finished(test_page, 4)

        shown = card(test_page, files[2].name)
        expect(shown.locator(".media img")).to_have_css("filter", "none")
        expect(last.get_by_role("button", name="Show image")).to_be_focused()

    def test_an_upload_that_fails_is_tried_again(self, test_page, files, page_errors):
        test_page.route("**/items/", lambda route: route.abort())
        choose(test_page, files[2:3])
        press_test(test_page)
        expect(test_page.get_by_role("article")).to_contain_text("The upload failed")
        expect(test_page.locator("#toasts .toast")).to_have_count(0)
        test_page.unroute("**/items/")

        test_page.get_by_role("button", name="Retry").click()

        expect_finished(test_page, 1)
        expect(card(test_page, files[2].name).locator(".badge")).to_be_visible()
        page_errors.expect("ERR_FAILED")
        page_errors.expect("htmx:")

    def test_what_is_beyond_100_images_is_left_out_and_named(self, test_page, tmp_path):
        tiny = pictures.blank((16, 16))
        paths = [tmp_path / f"{number:03}.png" for number in range(101)]
        for path in paths:
            path.write_bytes(tiny)

        choose(test_page, paths)

        expect(test_page.get_by_role("article")).to_have_count(100)
        expect(test_page.get_by_role("alert")).to_contain_text("100 images are the limit")
        expect(test_page.get_by_role("alert")).to_contain_text("100.png")

    def test_files_that_cannot_be_sent_say_why_at_once(self, test_page, tmp_path):
        (tmp_path / "empty.jpg").write_bytes(b"")
        (tmp_path / "huge.jpg").write_bytes(bytes(20 * 2**20 + 1))

        choose(test_page, [tmp_path / "empty.jpg", tmp_path / "huge.jpg"])

        expect(card(test_page, "empty.jpg")).to_contain_text("The file is empty")
        expect(card(test_page, "huge.jpg")).to_contain_text("larger than 20 MB")

    def test_files_that_cannot_be_sent_stay_beside_good_ones(self, test_page, files, tmp_path):
        (tmp_path / "empty.jpg").write_bytes(b"")
        (tmp_path / "huge.jpg").write_bytes(bytes(20 * 2**20 + 1))
        choose(test_page, [tmp_path / "empty.jpg", files[2], tmp_path / "huge.jpg"])
        expect(test_page.locator("#waiting-count")).to_have_text("1")

        press_test(test_page)
        expect_finished(test_page, 3)

        for _ in range(2):  # as the run leaves it, and as the page comes back
            expect(test_page.get_by_role("article")).to_have_count(3)
            expect(card(test_page, "empty.jpg")).to_contain_text("The file is empty")
            expect(card(test_page, "huge.jpg")).to_contain_text("larger than 20 MB")
            expect(card(test_page, files[2].name).locator(".badge")).to_be_visible()
            test_page.reload()

    def test_files_that_cannot_be_sent_alone_are_no_test(self, test_page, tmp_path, page_errors):
        (tmp_path / "empty.jpg").write_bytes(b"")
        choose(test_page, [tmp_path / "empty.jpg"])

        press_test(test_page)

        expect(test_page.get_by_role("alert")).to_contain_text("Add an image")
        expect(card(test_page, "empty.jpg")).to_contain_text("The file is empty")
        page_errors.expect("422")

    def test_nothing_to_test_and_a_wrong_url_are_said_in_the_form(self, test_page, page_errors):
        press_test(test_page)
        expect(test_page.get_by_role("alert")).to_contain_text("Add an image")

        test_page.get_by_label("Image URLs").fill("https://例子.example/1.jpg")
        press_test(test_page)

        expect(test_page.locator("#test-form")).to_contain_text("percent-encode them")
        expect(test_page.get_by_label("Image URLs")).to_have_value("https://例子.example/1.jpg")
        page_errors.expect("422")

    def test_a_large_model_service_says_that_the_model_is_not_connected(self, test_page):
        note = test_page.get_by_text("The large model is not connected")
        expect(note).to_be_hidden()

        test_page.get_by_label("Service", exact=True).select_option("postImageCheckByVL")

        expect(note).to_be_visible()

    def test_the_list_is_cleared_and_the_test_stays_in_reach(self, test_page, files):
        choose(test_page, files[2:3])
        press_test(test_page)
        expect_finished(test_page, 1)
        address = test_page.url

        test_page.get_by_role("link", name="Clear list").click()

        expect(test_page.get_by_text("No images tested yet")).to_be_visible()
        link = test_page.locator(f'.recent a[href="{address[address.index("/test/") :]}"]')
        link.click()
        expect(card(test_page, files[2].name)).to_be_visible()

    def test_results_are_accessible_and_fit(self, test_page, files):
        choose(test_page, files[:4])
        press_test(test_page)
        expect_finished(test_page, 4)

        for width, height in WIDTHS.items():
            test_page.set_viewport_size({"width": width, "height": height})
            for theme in THEMES:
                test_page.emulate_media(color_scheme=theme)
                test_page.reload()
                expect(test_page.get_by_role("article")).to_have_count(4)
                results = examine(test_page)

                assert results.violations_count == 0, results.generate_report()
                assert test_page.evaluate("document.documentElement.scrollWidth") <= width
