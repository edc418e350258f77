"""Libraries on a console that really runs: library, rule, publication, picture."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Locator, Page, expect

from tests import pictures
from tests.house.running import RunningConsole

ENGINE_MS = 60_000
PUBLICATION_MS = 20_000
SERVICE = "baselineCheck_global"


@pytest.fixture
def console() -> Iterator[RunningConsole]:
    """A console with web, publisher and worker processes."""
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:  # sockets need short paths
        data_dir = Path(folder) / "data"
        data_dir.mkdir()
        (data_dir / "models").symlink_to(Path(settings.MODEL_DIR))
        with RunningConsole(data_dir, {"WEB_PROCESSES": "1"}) as console:
            console.wait_for(lambda: "ready after" in console.text)
            yield console


@pytest.fixture
def manager(page: Page, console: RunningConsole) -> Page:
    """The rules, opened by a policy manager who has signed in."""
    made = console.manage("create_member", "mei.tan", "--role", "policy_manager", "--json")
    page.goto(f"http://127.0.0.1:{console.port}/account/login/?next=/rules/")
    page.locator("[name=login]").fill("mei.tan")
    page.locator("[name=password]").fill(json.loads(made)["password"])
    page.get_by_role("button", name="Sign in").click()
    return page


def create_keyword_library(page: Page, name: str, keywords: str) -> None:
    page.get_by_role("link", name="Keyword libraries").first.click()
    page.get_by_role("link", name="Create Library").first.click()
    dialog = page.get_by_role("dialog", name="Create keyword library")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Keywords").fill(keywords)
    dialog.get_by_role("button", name="Create Library").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def create_image_library(page: Page, name: str, picture: Path) -> None:
    page.get_by_role("link", name="Image libraries").first.click()
    page.get_by_role("link", name="Create image library").first.click()
    dialog = page.get_by_role("dialog", name="Create image library")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name="OK").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    page.get_by_role("link", name="Add image").first.click()
    page.get_by_role("dialog").locator("input[type=file]").set_input_files(picture)
    expect(page.get_by_text("Added as image")).to_be_visible(timeout=ENGINE_MS)
    page.keyboard.press("Escape")


def expect_live(page: Page) -> None:
    expect(page.locator("#publication")).to_have_class(re.compile("live"), timeout=PUBLICATION_MS)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    expect_live(page)


def result_card(page: Page, picture: Path) -> Locator:
    """Test a picture with the service; return its card once there is a result."""
    page.get_by_role("link", name="Online test").first.click()
    page.get_by_label("Service").select_option(value=SERVICE)
    page.locator("input[type=file]").first.set_input_files(picture)
    page.get_by_role("button", name=re.compile("^Test")).click()
    status = page.locator("#progress").get_by_role("status")
    expect(status).to_have_text("1 / 1", timeout=ENGINE_MS)
    return page.get_by_role("article", name=picture.name, exact=True)


@pytest.mark.slow
class TestKeywordFlow:
    def test_a_keyword_flags_a_picture_until_it_is_ignored(self, manager, console, tmp_path):
        page, address = manager, f"http://127.0.0.1:{console.port}"
        picture = tmp_path / "notice.png"
        picture.write_bytes(pictures.png(pictures.draw_text("meet the blue unicorn")))

        create_keyword_library(page, "Slang", "Blue Unicorn\ngreen dragon")
        expect_live(page)
        page.goto(f"{address}/rules/{SERVICE}/scope/prohibited/?edit=libraries")
        row = page.locator("[data-change-row]", has_text="contraband_drug_tii_lib")
        row.get_by_role("combobox").last.select_option(label="Slang")
        save(page)

        card = result_card(page, picture)
        expect(card).to_contain_text("contraband_drug_tii_lib")
        expect(card).to_contain_text("High")
        card.get_by_role("link").first.click()
        expect(page.get_by_text("Blue Unicorn").first).to_be_visible()

        create_keyword_library(page, "Harmless", "UNICORN")
        page.goto(f"{address}/rules/{SERVICE}/vocabularies/?edit")
        page.get_by_role("switch", name=re.compile("Harmless")).check()
        save(page)

        expect(result_card(page, picture)).to_contain_text("Safe")

        page.get_by_role("link", name="Keyword libraries").first.click()
        page.get_by_role("link", name="Delete Slang").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("contraband_drug_tii_lib")
        expect(dialog.get_by_role("button", name="Delete library")).to_have_count(0)


@pytest.mark.slow
class TestExemptionFlow:
    def test_a_known_picture_is_flagged_by_a_library_and_then_exempted(
        self, manager, console, tmp_path
    ):
        page, address = manager, f"http://127.0.0.1:{console.port}"
        sample, copy = tmp_path / "sample.jpg", tmp_path / "copy.jpg"
        sample.write_bytes(pictures.jpeg(pictures.photo("astronaut")))
        copy.write_bytes(pictures.jpeg(pictures.photo("astronaut", (300, 300)), 60))

        create_image_library(page, "Incident", sample)
        page.goto(f"{address}/rules/{SERVICE}/scope/prohibited/?edit=libraries")
        row = page.locator("[data-change-row]", has_text="contraband_drug_lib")
        row.get_by_role("combobox").first.select_option(label="Incident")
        save(page)

        card = result_card(page, copy)
        expect(card).to_contain_text("contraband_drug_lib")
        expect(card).to_contain_text("High")

        page.goto(f"{address}/rules/{SERVICE}/scope/prohibited/?edit=libraries")
        row = page.locator("[data-change-row]", has_text="contraband_drug_lib")
        row.get_by_role("combobox").first.select_option(index=0)
        save(page)
        page.goto(f"{address}/rules/{SERVICE}/exemptions/?edit")
        page.get_by_role("switch", name=re.compile("Incident")).check()
        save(page)

        card = result_card(page, copy)
        expect(card).to_contain_text("nonLabel_lib")
        expect(card).to_contain_text("Safe")
        expect(card).not_to_contain_text("contraband_drug_lib")
