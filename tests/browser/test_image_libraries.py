"""Image libraries by mouse and keyboard: create one, add images, look through them, delete."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from console.roles import Role
from libraries.samples import sample_of_picture
from rules.models import LabelRule
from tests import pictures
from tests.browser.accessibility import examine
from tests.factories import DetectionResultFactory, ImageLibraryFactory, ServiceFactory
from tests.house.running import started_console
from tests.libraries.samples import add_shown, fill

LIST = "/libraries/images/"
NAMES = pictures.PHOTOS[:10]


def small(name: str) -> dict[str, Any]:
    """Return a photo as a file for an input."""
    content = pictures.jpeg(pictures.photo(name, (320, 240)))
    return {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": content}


def open_upload(page: Page):
    page.get_by_role("link", name="Add image").first.click()
    dialog = page.get_by_role("dialog", name=re.compile("Add images to"))
    expect(dialog).to_be_visible()
    return dialog


def assert_accessible(page: Page) -> None:
    results = examine(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.fixture
def console_page(page: Page) -> Iterator[Page]:
    """The image libraries of a console that really runs, opened by a policy manager."""
    with started_console() as console:
        made = console.manage("create_member", "mei.tan", "--role", "policy_manager", "--json")
        page.goto(f"http://127.0.0.1:{console.port}/account/login/?next={LIST}")
        page.locator("[name=login]").fill("mei.tan")
        page.locator("[name=password]").fill(json.loads(made)["password"])
        page.get_by_role("button", name="Sign in").click()
        yield page


@pytest.fixture
def library(account):
    return ImageLibraryFactory(account=account, name="Incident")


class TestMissingPictures:
    @pytest.mark.parametrize("view", ["grid", "table"])
    def test_a_file_that_is_gone_makes_room_for_a_sign(
        self, view, library, signed_in_page, page_errors
    ):
        image = add_shown(library)
        image.thumbnail.storage.delete(image.thumbnail.name)

        page = signed_in_page(address=f"{LIST}{library.pk}/?view={view}")

        images = page.get_by_role("region", name="Images")
        expect(images.get_by_role("img", name="Image not available")).to_be_visible()
        expect(images.locator("img")).to_have_count(0)
        page_errors.expect("404")


class TestScenario:
    def test_a_library_is_created_filled_and_deleted(self, console_page, page_errors):
        page = console_page
        page.get_by_role("link", name="Create image library").first.click()
        dialog = page.get_by_role("dialog", name="Create image library")
        expect(dialog.get_by_label("Name")).to_be_focused()
        dialog.get_by_label("Name").fill("Incident <b>7</b>")
        dialog.get_by_role("button", name="OK").click()
        expect(page.get_by_role("heading", name="Incident <b>7</b>", level=1)).to_be_visible()
        expect(page.get_by_role("heading", name="No image yet")).to_be_visible()

        dialog = open_upload(page)
        dialog.locator("#files").set_input_files([small(name) for name in NAMES])
        expect(dialog.get_by_role("status")).to_have_text("10 / 10", timeout=60_000)
        expect(dialog.get_by_text("Added as image")).to_have_count(10)
        expect(dialog.get_by_text("Would have hit no result")).to_have_count(10)
        assert_accessible(page)
        dialog.get_by_role("button", name="Clear list and continue").click()
        broken = {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"hello"}
        dialog.locator("#files").set_input_files([small("rocket"), broken])
        expect(dialog.get_by_text("Not added: the same picture as image")).to_be_visible()
        expect(dialog.get_by_text("This is not an image that can be read")).to_be_visible()
        page_errors.expect("422")
        page.keyboard.press("Escape")
        expect(page.get_by_text("10 images")).to_be_visible()
        expect(page.locator("#publication")).to_contain_text(re.compile("Live on . of . process"))

        boxes = page.get_by_role("checkbox", name=re.compile("Select image"))
        boxes.nth(0).check()
        boxes.nth(3).click(modifiers=["Shift"])
        expect(page.get_by_text("4 selected")).to_be_visible()
        assert_accessible(page)
        page.get_by_role("group", name="Selection").get_by_role("button", name="Delete").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_text("4 images deleted.")).to_be_visible()
        expect(page.get_by_text("6 images", exact=True)).to_be_visible()

        page.get_by_role("link", name="Image libraries").first.click()
        page.get_by_role("link", name="Delete Incident <b>7</b>").click()
        dialog = page.get_by_role("dialog", name="Delete library")
        delete = dialog.get_by_role("button", name="Delete library")
        expect(delete).to_be_disabled()
        dialog.get_by_label("Name").fill("Incident <b>7</b>")
        delete.click()
        expect(page.get_by_role("heading", name="Create your first library")).to_be_visible()


class TestImages:
    def test_images_are_found_by_id_and_shown_as_a_table(self, signed_in_page, library):
        images = fill(library, 3)
        page = signed_in_page(address=f"/libraries/images/{library.pk}/")

        page.get_by_role("link", name="Table").click()
        expect(page.get_by_role("row")).to_have_count(4)
        page.get_by_label("Image ID").fill(str(images[1].pk))

        expect(page.get_by_role("row")).to_have_count(2)
        expect(page).to_have_url(re.compile(f"image_id={images[1].pk}"))
        page.reload()
        expect(page.get_by_role("row")).to_have_count(2)

    def test_one_image_is_opened_shown_and_deleted(self, signed_in_page, library):
        add_shown(library, "rocket.jpg")
        page = signed_in_page(address=f"/libraries/images/{library.pk}/")
        page.get_by_role("link", name=re.compile("rocket.jpg")).click()
        dialog = page.get_by_role("dialog", name=re.compile("Image "))
        expect(dialog).to_contain_text("rocket.jpg")
        reveal = dialog.get_by_role("button", name="Show image")
        reveal.click()
        expect(reveal).to_have_attribute("aria-pressed", "true")

        dialog.get_by_role("button", name="Delete").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()

        expect(page.get_by_text("1 image deleted.")).to_be_visible()
        expect(page.get_by_role("heading", name="No image yet")).to_be_visible()

    def test_images_are_moved(self, signed_in_page, library, account):
        target = ImageLibraryFactory(account=account, name="Archive")
        fill(library, 2)
        page = signed_in_page(address=f"/libraries/images/{library.pk}/")
        page.get_by_label("Select all on this page").check()
        expect(page.get_by_text("2 selected")).to_be_visible()

        page.get_by_label("Move to").select_option("Archive")
        page.get_by_role("button", name="Move").click()

        expect(page.get_by_text("2 images moved to “Archive”.")).to_be_visible()
        expect(page.get_by_role("heading", name="No image yet")).to_be_visible()
        assert target.images.count() == 2

    def test_a_refused_move_says_why(self, signed_in_page, library, account, page_errors):
        ImageLibraryFactory(account=account, name="Archive")
        fill(library)
        page = signed_in_page(address=f"/libraries/images/{library.pk}/")
        page.get_by_role("checkbox", name=re.compile("Select image")).check()

        page.get_by_role("button", name="Move").click()

        expect(page.get_by_text("Choose the library to which they are moved.")).to_be_visible()
        page_errors.expect("422")

    def test_an_image_that_would_have_hit_results_is_held_until_it_goes_live(
        self, signed_in_page, library, account
    ):
        rule = LabelRule.objects.filter(
            service=ServiceFactory(account=account), label="violent_gun"
        )
        rule.update(image_library=library)
        for name in ("rocket", "cat"):
            fingerprint = sample_of_picture(small(name)["buffer"], name).fingerprint.to_bytes()
            DetectionResultFactory(account=account, fingerprint=fingerprint)
        page = signed_in_page(Role.POLICY_MANAGER, f"/libraries/images/{library.pk}/")
        dialog = open_upload(page)
        dialog.locator("#files").set_input_files([small("rocket"), small("cat")])
        rocket = dialog.get_by_role("listitem").filter(has_text="rocket.jpg")
        cat = dialog.get_by_role("listitem").filter(has_text="cat.jpg")
        for row in (rocket, cat):
            expect(row.get_by_role("link", name="Would have hit 1 result")).to_be_visible()
            expect(row.get_by_text("held: not live")).to_be_visible()
        assert_accessible(page)

        rocket.get_by_role("button", name="Go live").click()
        expect(rocket.get_by_text("goes live.")).to_be_visible()
        cat.get_by_role("button", name="Discard").click()
        expect(cat).to_have_count(0)
        expect(dialog.get_by_text("was discarded.")).to_be_visible()
        page.keyboard.press("Escape")

        expect(page.get_by_text("1 image", exact=True)).to_be_visible()
        assert library.images.live().get().name == "rocket.jpg"

    def test_a_held_image_goes_live_from_its_dialog(self, signed_in_page, library):
        image = add_shown(library, "rocket.jpg")
        image.is_held = True
        image.save()
        page = signed_in_page(Role.POLICY_MANAGER, f"/libraries/images/{library.pk}/")
        expect(page.get_by_text("1 image is held")).to_be_visible()
        assert_accessible(page)
        page.get_by_role("link", name=re.compile("rocket.jpg")).click()
        dialog = page.get_by_role("dialog", name=re.compile("Image "))
        expect(dialog.get_by_text("held: not live")).to_be_visible()
        assert_accessible(page)

        dialog.get_by_role("button", name="Go live").click()

        expect(dialog).to_have_count(0)
        expect(page.get_by_text("1 image is held")).to_have_count(0)
        assert not library.images.held().exists()

    def test_a_moderator_adds_images_and_deletes_none(self, signed_in_page, library):
        fill(library)

        page = signed_in_page(Role.MODERATOR, f"/libraries/images/{library.pk}/")

        expect(page.get_by_role("link", name="Add image")).to_be_visible()
        expect(page.get_by_role("checkbox")).to_have_count(0)
        expect(page.get_by_role("button", name="More actions")).to_have_count(0)
