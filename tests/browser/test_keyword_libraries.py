"""Keyword libraries by mouse and keyboard: create, fill, import, link, match, delete."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from console.roles import Role
from libraries.keyword_lines import read_keywords
from libraries.models import Keyword
from libraries.services.keywords import add_keywords
from tests.browser.accessibility import examine
from tests.factories import MemberFactory, VocabularyFactory

LIST = "/libraries/keywords/"


@pytest.fixture
def vocabulary(account):
    return VocabularyFactory.create(account=account, name="Words")


@pytest.fixture
def add(account):
    def add_texts(vocabulary, *texts):
        add_keywords(
            vocabulary=vocabulary,
            lines=read_keywords(enumerate(texts, start=1)),
            author=MemberFactory.create(account=account),
        )

    return add_texts


def stored():
    return sorted(Keyword.objects.values_list("text", flat=True))


class TestCreate:
    def test_a_library_is_created_empty_and_filled_later(self, signed_in_page, account):
        page = signed_in_page(Role.POLICY_MANAGER, LIST)

        page.get_by_role("link", name="Create Library").first.click()
        dialog = page.get_by_role("dialog", name="Create keyword library")
        expect(dialog.get_by_label("Name")).to_be_focused()
        dialog.get_by_label("Name").fill("Harmless words")
        dialog.get_by_role("button", name="Create Library").click()

        expect(page.get_by_role("heading", name="Harmless words", level=1)).to_be_visible()
        expect(page.get_by_text("No keyword yet")).to_be_visible()
        page.get_by_role("textbox", name="New keywords").fill("is\na")
        expect(page.get_by_text("2 keywords", exact=True)).to_be_visible()
        page.get_by_role("button", name="Add", exact=True).click()

        expect(page.get_by_text("2 added")).to_be_visible()
        expect(page.get_by_role("cell", name="is", exact=True)).to_be_visible()
        assert stored() == ["a", "is"]

    def test_a_refusal_keeps_what_was_typed_and_can_be_mended(
        self, signed_in_page, account, vocabulary, page_errors
    ):
        page = signed_in_page(Role.POLICY_MANAGER, LIST)
        page.get_by_role("link", name="Create Library").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill("Words")
        dialog.get_by_label("Keywords").fill("fine\nb@d")

        dialog.get_by_role("button", name="Create Library").click()

        expect(dialog.get_by_text("Special character “@”")).to_be_visible()
        expect(dialog.get_by_label("Keywords")).to_have_value("fine\nb@d")
        expect(dialog.get_by_label("Keywords")).to_be_focused()
        dialog.get_by_label("Keywords").fill("fine\nbad")
        dialog.get_by_role("button", name="Create Library").click()
        expect(dialog.get_by_text("There is a library “Words” already")).to_be_visible()
        expect(dialog.get_by_label("Keywords")).to_have_value("fine\nbad")
        expect(dialog.get_by_label("Name")).to_be_focused()
        dialog.get_by_label("Name").fill("Other words")
        dialog.get_by_role("button", name="Create Library").click()
        expect(page.get_by_role("heading", name="Other words", level=1)).to_be_visible()
        assert stored() == ["bad", "fine"]
        page_errors.expect("422")


class TestKeywords:
    def test_lines_to_be_mended_stay_with_their_reasons(self, signed_in_page, vocabulary, add):
        add(vocabulary, "Cat")
        page = signed_in_page(Role.MODERATOR, f"{LIST}{vocabulary.pk}/")

        page.get_by_role("textbox", name="New keywords").fill("dog\ncat\n" + "x" * 21 + "\nb@d")
        expect(page.get_by_text("4 keywords · 1 longer than 20 characters")).to_be_visible()
        page.get_by_role("button", name="Add", exact=True).click()

        expect(page.get_by_text("1 added, 1 too long, 1 with characters")).to_be_visible()
        area = page.get_by_role("textbox", name="New keywords")
        expect(area).to_have_value("x" * 21 + "\nb@d")
        expect(page.get_by_text("Already in the library, as “Cat”.")).to_be_visible()
        expect(page.get_by_text("21 characters; shorten it to 20.")).to_be_visible()
        results = examine(page)
        assert results.violations_count == 0, results.generate_report()
        area.fill("bad")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_text("1 added", exact=True)).to_be_visible()
        assert stored() == ["Cat", "bad", "dog"]

    def test_the_search_is_in_the_address_and_survives_a_reload(
        self, signed_in_page, vocabulary, add
    ):
        add(vocabulary, "Wildcat", "dog")
        page = signed_in_page(Role.VIEWER, f"{LIST}{vocabulary.pk}/")

        page.get_by_role("searchbox", name="Search keywords").fill("CAT")

        expect(page.get_by_role("cell", name="dog")).to_have_count(0)
        expect(page).to_have_url(re.compile(r"\?q=CAT"))
        page.reload()
        expect(page.get_by_role("cell", name="Wildcat")).to_be_visible()
        expect(page.get_by_role("cell", name="dog")).to_have_count(0)

    def test_chosen_keywords_are_deleted_after_a_question(self, signed_in_page, vocabulary, add):
        add(vocabulary, "cat", "dog", "bird")
        page = signed_in_page(Role.POLICY_MANAGER, f"{LIST}{vocabulary.pk}/")
        page.get_by_label("Select cat").check()
        page.get_by_label("Select bird").check()
        expect(page.get_by_text("2 selected")).to_be_visible()

        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()

        expect(page.get_by_text("2 keywords deleted.")).to_be_visible()
        expect(page.get_by_role("cell", name="cat")).to_have_count(0)
        assert stored() == ["dog"]

    def test_all_that_a_search_finds_are_deleted_on_every_page(
        self, signed_in_page, vocabulary, add
    ):
        add(vocabulary, "dog", *(f"word {number}" for number in range(150)))
        page = signed_in_page(Role.POLICY_MANAGER, f"{LIST}{vocabulary.pk}/?q=word")
        page.get_by_label("Select all on this page").check()
        expect(page.get_by_text("100 selected")).to_be_visible()

        page.get_by_role("button", name="Delete all 150").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Delete all").click()

        expect(page.get_by_text("150 keywords deleted.")).to_be_visible()
        assert stored() == ["dog"]

    def test_a_text_can_be_tried(self, signed_in_page, vocabulary, add):
        add(vocabulary, "is", "a")
        page = signed_in_page(Role.VIEWER, f"{LIST}{vocabulary.pk}/")

        page.get_by_label("Text").fill("Here is a small cat")
        page.get_by_role("button", name="Try").click()

        expect(page.get_by_text("Here small cat")).to_be_visible()
        results = examine(page)
        assert results.violations_count == 0, results.generate_report()

    def test_a_file_is_imported_and_exported_again(self, signed_in_page, vocabulary):
        page = signed_in_page(Role.MODERATOR, f"{LIST}{vocabulary.pk}/")
        page.get_by_role("link", name="Import a file").click()
        file = {
            "name": "words.csv",
            "mimeType": "text/csv",
            "buffer": f"关键词,备注\n海洛因,1\n{'x' * 21},2\n".encode("gb18030"),
        }

        page.get_by_label("File").set_input_files(file)
        page.get_by_role("button", name="Import").click()

        expect(page.get_by_text("1 added, 1 too long")).to_be_visible()
        expect(page.get_by_role("textbox", name="New keywords")).to_have_value("x" * 21)
        page.get_by_role("link", name="Back to the library").click()
        expect(page.get_by_role("cell", name="海洛因")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name=".txt").click()
        assert download.value.path().read_text() == "海洛因\n"


class TestDelete:
    def test_the_button_waits_for_the_name(self, signed_in_page, account, vocabulary, add):
        add(vocabulary, "cat")
        page = signed_in_page(Role.POLICY_MANAGER, LIST)

        page.get_by_role("link", name="Delete Words").click()
        dialog = page.get_by_role("dialog")
        button = dialog.get_by_role("button", name="Delete library")
        expect(button).to_be_disabled()
        dialog.get_by_label("Name").fill("Words")
        button.click()

        expect(page.get_by_text("Library “Words” was deleted.")).to_be_visible()
        expect(page.get_by_text("No keyword library yet")).to_be_visible()
        assert not account.vocabularies.exists()


def test_the_shortcut_opens_the_list(signed_in_page):
    page = signed_in_page(Role.VIEWER)

    page.keyboard.press("g")
    page.keyboard.press("k")

    expect(page.get_by_role("heading", name="Keyword Library Management")).to_be_visible()
