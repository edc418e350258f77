"""Imports in a real browser, against a console that really runs: web, queue and worker."""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Cookie, Locator, Page, expect

from tests import pictures
from tests.house.running import RunningConsole
from tests.libraries.imports import hash_of, picture, zip_of

ENGINE_MS = 60_000


@pytest.fixture(scope="module")
def console() -> Iterator[RunningConsole]:
    """A console with a library of two hashes."""
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:  # sockets need short paths
        data_dir = Path(folder) / "data"
        data_dir.mkdir()
        (data_dir / "models").symlink_to(Path(settings.MODEL_DIR))
        with RunningConsole(data_dir, {"WEB_PROCESSES": "1"}) as console:
            console.wait_for(lambda: "ready after" in console.text)
            console.manage("make_library", "--name", "Blocked", "--images", "2")
            yield console


@pytest.fixture(scope="module")
def cookies(console: RunningConsole, browser: Browser) -> list[Cookie]:
    """The cookies of a moderator who has signed in."""
    made = console.manage("create_member", "mei.tan", "--role", "moderator", "--json")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{console.port}/account/login/?next=/libraries/images/1/")
        page.locator("[name=login]").fill("mei.tan")
        page.locator("[name=password]").fill(json.loads(made)["password"])
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Blocked")).to_be_visible()
        return context.cookies()


@pytest.fixture
def import_page(page: Page, console: RunningConsole, cookies: list[Cookie]) -> Page:
    """The import page of the library, reached as people do."""
    page.context.add_cookies(cookies)  # type: ignore[arg-type]  # what it gave, it takes
    page.goto(f"http://127.0.0.1:{console.port}/libraries/images/1/")
    page.get_by_role("link", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Import into “Blocked”")).to_be_visible()
    return page


def choose(page: Page, *paths: Path) -> None:
    page.locator("#files").set_input_files(list(paths))


def random_hash() -> str:
    return os.urandom(32).hex()


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name, exact=True)


@pytest.mark.slow
class TestImports:
    def test_a_zip_with_a_bad_file_is_imported_and_reported(self, import_page, tmp_path):
        path = tmp_path / "holiday.zip"
        path.write_bytes(
            zip_of(
                ("cat.jpg", pictures.cat()),
                ("notes.txt", b"no picture"),
                ("../climbs.jpg", pictures.coffee()),
            )
        )

        choose(import_page, path)

        done = card(import_page, "holiday.zip")
        expect(done).to_contain_text("Done", timeout=ENGINE_MS)
        expect(done).to_contain_text("1 added")
        done.get_by_text("Why they were refused").click()
        expect(done).to_contain_text("The path leads out of the ZIP: 1")

        done.get_by_role("link", name="Report").click()
        import_page.get_by_role("link", name="Refused").click()

        rows = import_page.get_by_role("row")
        expect(rows).to_have_count(3)
        expect(rows.nth(1)).to_contain_text("notes.txt")
        expect(rows.nth(1)).to_contain_text("Not a picture that can be read")

    def test_a_zip_of_several_parts_arrives_as_it_was(self, import_page, tmp_path):
        path = tmp_path / "large.zip"
        path.write_bytes(zip_of(("video.bin", os.urandom(18 << 20)), ("cat2.jpg", picture(77))))

        choose(import_page, path)

        done = card(import_page, "large.zip")
        expect(done).to_contain_text("Done", timeout=ENGINE_MS)
        expect(done).to_contain_text("1 added")
        expect(done).to_contain_text("1 refused")

    def test_an_import_is_canceled_and_keeps_what_it_added(self, import_page, tmp_path):
        path = tmp_path / "many.csv"  # far more than is added in the time that a press takes
        path.write_text("\n".join(random_hash() for _ in range(60_000)))

        choose(import_page, path)
        running = card(import_page, "many.csv")
        expect(running.get_by_role("progressbar")).to_be_visible()
        expect(running).to_contain_text(re.compile(r"\b[1-9][\d,]* added"), timeout=ENGINE_MS)
        running.get_by_role("button", name="Cancel").hover()
        import_page.mouse.down()
        with import_page.expect_response("**/card/"):
            pass  # the card is read anew while the button is pressed
        import_page.mouse.up()

        expect(running).to_contain_text("Canceled. The")
        expect(running.get_by_role("button", name="Cancel")).to_have_count(0)
        import_page.reload()
        expect(card(import_page, "many.csv")).to_contain_text("not looked at")

    def test_many_pictures_are_sent_without_a_limit_of_ten(self, import_page, tmp_path):
        paths = [tmp_path / f"{seed}.jpg" for seed in range(3_000, 3_023)]
        for path in paths:
            path.write_bytes(picture(int(path.stem)))
        (tmp_path / "huge.jpg").write_bytes(bytes(4 * 2**20 + 1))

        choose(import_page, *paths, tmp_path / "huge.jpg")

        done = card(import_page, "Files or a folder")
        expect(done).to_contain_text("Done", timeout=ENGINE_MS)
        expect(done).to_contain_text("23 added")
        expect(done).to_contain_text("1 refused")

    def test_hashes_and_urls_are_imported_beside_pictures(self, import_page, tmp_path):
        path = tmp_path / "shared.csv"
        path.write_text(f"hash,quality,name\n{hash_of(7)},100,first\n{hash_of(8)},100,second\n")

        choose(import_page, path)
        import_page.get_by_label("Image URLs").fill("http://127.0.0.1:9/private.jpg")
        import_page.get_by_role("button", name="Import").click()

        expect(card(import_page, "shared.csv")).to_contain_text("2 added", timeout=ENGINE_MS)
        urls = card(import_page, "List of URLs")
        expect(urls).to_contain_text("Done", timeout=ENGINE_MS)
        expect(urls).to_contain_text("1 refused")
        expect(import_page.get_by_label("Image URLs")).to_have_value("")

    def test_what_cannot_be_imported_is_said_at_once(self, import_page, tmp_path, page_errors):
        (tmp_path / "empty.zip").write_bytes(b"")

        choose(import_page, tmp_path / "empty.zip")
        import_page.get_by_label("Image URLs").fill("   ")
        import_page.get_by_role("button", name="Import").click()

        expect(import_page.locator("#toasts .toast")).to_contain_text("The file is empty")
        page_errors.expect("422")
