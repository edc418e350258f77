"""Exemptions, ignored vocabularies, stale saves and the history, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from console.models import Account, Member, Publication
from console.roles import Role
from rules.changes import CustomLibraryChange, ScopeChange
from rules.models import LabelRule, RulesetVersion, Service
from rules.services import (
    install_catalogue,
    save_custom_libraries,
    save_exemptions,
    save_scope,
)
from tests.browser.accessibility import examine
from tests.browser.pages import THEMES, WIDTHS
from tests.factories import ImageLibraryFactory, MemberFactory, VocabularyFactory

RULES = "/rules/baselineCheck_global"
PROHIBITED = f"{RULES}/scope/prohibited/"
DRUG, GAMBLE = "contraband_drug", "contraband_gamble"


@pytest.fixture
def service(account: Account) -> Service:
    install_catalogue(account=account)
    settle()
    return account.services.get(code="baselineCheck_global")


@pytest.fixture(autouse=True)
def quiet_end(page: Page, live_server: object) -> Iterator[None]:
    """Leave no page that asks the server while the database is emptied."""
    yield
    settle()
    page.goto("about:blank")


@pytest.fixture
def mei(account: Account) -> Member:
    """A colleague, who saves meanwhile."""
    return MemberFactory.create(account=account, role=Role.POLICY_MANAGER, user__first_name="Mei")


@pytest.fixture
def save_as_mei(service: Service, mei: Member) -> Callable[..., RulesetVersion]:
    """Let Mei save a high-risk score on top of the newest version: save_as_mei(90)."""

    def save(high: int, label: str = DRUG, *, enabled: bool = True) -> RulesetVersion:
        change = ScopeChange(
            label=label,
            enabled=enabled,
            medium_risk_score=Decimal(60),
            high_risk_score=Decimal(high),
        )
        version = Service.objects.get(pk=service.pk).version
        saved = save_scope(service=service, changes=[change], based_on=version, author=mei)
        settle()
        return saved

    return save


def settle() -> None:
    """Let every version be live, so that no page asks for it while a test saves."""
    Publication.objects.filter(live_at=None).update(live_at=timezone.now(), process_count=1)


def policy(service: Service, label: str = DRUG) -> LabelRule:
    return LabelRule.objects.get(service=service, label=label)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


class TestSwitches:
    def test_a_library_is_made_exempt(self, signed_in_page, service, account):
        ImageLibraryFactory(account=account, name="Company logos")
        page = signed_in_page(Role.POLICY_MANAGER, f"{RULES}/exemptions/", user__username="ann")
        expect(page.get_by_role("row", name="Company logos")).to_contain_text("Off")

        page.keyboard.press("e")
        switch = page.get_by_role("switch", name="Company logos")
        expect(switch).to_be_focused()
        page.keyboard.press("Space")
        expect(page.get_by_text("1 library changed")).to_be_visible()
        page.get_by_label("Comment on this version").fill("Our own")
        page.keyboard.press("Control+s")

        expect(page.get_by_role("status")).to_contain_text("Saved as version 2")
        expect(page.get_by_role("row", name="Company logos")).to_contain_text("On")
        expect(page.get_by_text("Changed by ann")).to_be_visible()
        expect(page).to_have_url(re.compile(f"{RULES}/exemptions/$"))
        assert service.exemptions.count() == 1

    def test_a_linked_library_is_refused_where_it_stands_and_can_be_left_off(
        self, signed_in_page, service, account, mei, page_errors
    ):
        linked = ImageLibraryFactory(account=account, name="Blocklist")
        ImageLibraryFactory(account=account, name="Logos")
        chosen = CustomLibraryChange(label=DRUG, image_library_id=linked.pk)
        save_custom_libraries(service=service, changes=[chosen], based_on=1, author=mei)
        page = signed_in_page(address=f"{RULES}/exemptions/?edit")

        page.get_by_role("switch", name="Blocklist").click()
        page.get_by_role("switch", name="Logos").click()
        save(page)

        expect(page.get_by_role("alert")).to_contain_text("cannot be exempt")
        switch = page.get_by_role("switch", name="Blocklist")
        expect(switch).to_be_focused()
        expect(switch).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_text("2 libraries changed")).to_be_visible()
        switch.click()
        save(page)
        expect(page.get_by_role("status")).to_contain_text("Saved as version 3")
        page_errors.expect("422")

    def test_a_vocabulary_is_ignored_and_discarding_keeps_it(
        self, signed_in_page, service, account
    ):
        VocabularyFactory(account=account, name="Stop words")
        page = signed_in_page(address=f"{RULES}/vocabularies/?edit")
        page.get_by_role("switch", name="Stop words").click()
        save(page)
        expect(page.get_by_role("row", name="Stop words")).to_contain_text("On")

        page.get_by_role("link", name="Edit", exact=True).click()
        page.get_by_role("switch", name="Stop words").click()
        expect(page.get_by_text("1 vocabulary changed")).to_be_visible()
        page.get_by_role("link", name="Discard").click()

        expect(page.get_by_role("row", name="Stop words")).to_contain_text("On")
        assert service.ignored_vocabularies.count() == 1


class TestStaleSaves:
    def test_mine_is_applied_on_top_of_what_another_saved(
        self, signed_in_page, service, save_as_mei, page_errors
    ):
        page = signed_in_page(Role.POLICY_MANAGER, f"{PROHIBITED}?edit")
        page.get_by_label(f"High-risk score of {DRUG}", exact=True).fill("92")
        save_as_mei(75, GAMBLE)

        save(page)
        dialog = page.get_by_role("dialog", name="Somebody saved before you")
        expect(dialog).to_contain_text("Mei saved version 2")
        expect(dialog.get_by_role("listitem").filter(has_text=GAMBLE)).to_contain_text("75")
        expect(dialog).not_to_contain_text("You changed these too")
        dialog.get_by_role("button", name="Apply mine again").click()

        expect(page.get_by_role("status")).to_contain_text("Saved as version 3")
        expect(dialog).not_to_be_visible()
        assert policy(service).high_risk_score == 92
        assert policy(service, GAMBLE).high_risk_score == 75
        page_errors.expect("409")

    def test_what_both_changed_is_named_and_reload_drops_mine(
        self, signed_in_page, service, save_as_mei, page_errors
    ):
        page = signed_in_page(address=f"{PROHIBITED}?edit")
        page.get_by_label(f"High-risk score of {DRUG}", exact=True).fill("92")
        save_as_mei(75)

        save(page)
        dialog = page.get_by_role("dialog", name="Somebody saved before you")
        expect(dialog).to_contain_text("You changed these too")
        dialog.get_by_role("link", name="Reload").click()

        expect(dialog).not_to_be_visible()
        expect(page.get_by_role("row").filter(has_text=DRUG).first).to_contain_text("75")
        expect(page.get_by_text("Changed by Mei")).to_be_visible()
        expect(page).to_have_url(re.compile(f"{PROHIBITED}$"))
        assert service.versions.count() == 2
        page_errors.expect("409")

    def test_applying_again_is_refused_again_if_somebody_was_faster_again(
        self, signed_in_page, service, account, mei, page_errors
    ):
        first, _second = (
            ImageLibraryFactory(account=account, name=name) for name in ("Ads", "Logos")
        )
        page = signed_in_page(address=f"{RULES}/exemptions/?edit")
        page.get_by_role("switch", name="Logos").click()
        save_exemptions(service=service, library_ids=[first.pk], based_on=1, author=mei)
        save(page)
        dialog = page.get_by_role("dialog", name="Somebody saved before you")
        expect(dialog).to_contain_text("Mei saved version 2")
        save_exemptions(service=service, library_ids=[], based_on=2, author=mei)
        dialog.get_by_role("button", name="Apply mine again").click()

        expect(dialog).to_contain_text("Mei saved version 3")
        dialog.get_by_role("button", name="Apply mine again").click()

        expect(page.get_by_role("status")).to_contain_text("Saved as version 4")
        expect(page.get_by_role("row", name="Logos")).to_contain_text("On")
        expect(page.get_by_role("row", name="Ads")).to_contain_text("Off")
        page_errors.expect("409")

    @pytest.mark.parametrize("theme", THEMES)
    def test_the_dialog_is_accessible_and_fits(
        self, signed_in_page, page, service, save_as_mei, page_errors, theme
    ):
        page.emulate_media(color_scheme=theme)
        signed_in_page(address=f"{PROHIBITED}?edit")
        page.get_by_label(f"High-risk score of {DRUG}", exact=True).fill("92")
        save_as_mei(75)
        save(page)
        expect(page.get_by_role("dialog")).to_be_visible()

        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            results = examine(page)
            assert results.violations_count == 0, results.generate_report()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page_errors.expect("409")


class TestHistory:
    def test_a_version_is_compared_and_rolled_back_to(self, signed_in_page, service, save_as_mei):
        save_as_mei(90)
        save_as_mei(95)
        page = signed_in_page(Role.POLICY_MANAGER, f"{RULES}/history/")

        page.get_by_role("link", name="Version 2", exact=True).click()
        expect(page.get_by_role("heading", name="From version 1 to version 2")).to_be_visible()
        page.get_by_label("Compare with version").fill("3")
        page.get_by_role("button", name="Compare").click()
        expect(page.get_by_role("heading", name="From version 2 to version 3")).to_be_visible()
        expect(page).to_have_url(re.compile(r"\?with=3$"))
        page.reload()
        expect(page.get_by_role("heading", name="From version 2 to version 3")).to_be_visible()

        page.get_by_role("link", name="Roll back to this version").click()
        dialog = page.get_by_role("dialog", name="Roll back to version 2")
        expect(dialog.get_by_role("listitem")).to_contain_text(["95"])
        dialog.get_by_label("Comment").fill("As it was")
        dialog.get_by_role("button", name="Roll back").click()

        expect(page.get_by_role("status")).to_contain_text("Saved as version 4")
        expect(page.get_by_role("row", name="Version 4")).to_contain_text("As it was")
        expect(page.get_by_role("row", name="Version 3")).to_contain_text("Superseded")
        assert policy(service).high_risk_score == 90

    def test_a_roll_back_that_somebody_was_faster_than_is_sent_again(
        self, signed_in_page, service, save_as_mei, page_errors
    ):
        save_as_mei(90)
        page = signed_in_page(address=f"{RULES}/history/1/")
        page.get_by_role("link", name="Roll back to this version").click()
        roll_back = page.get_by_role("dialog").get_by_role("button", name="Roll back")
        expect(roll_back).to_be_visible()
        save_as_mei(70, GAMBLE)
        roll_back.click()

        dialog = page.get_by_role("dialog", name="Somebody saved before you")
        expect(dialog).to_contain_text("Mei saved version 3")
        dialog.get_by_role("button", name="Apply mine again").click()

        expect(page.get_by_role("row", name="Version 4")).to_be_visible()
        assert policy(service).high_risk_score == policy(service, GAMBLE).high_risk_score == 80
        page_errors.expect("409")

    def test_the_document_is_downloaded(self, signed_in_page, service):
        page = signed_in_page(Role.VIEWER, f"{RULES}/history/1/")

        with page.expect_download() as download:
            page.get_by_role("link", name="Download").click()

        assert download.value.suggested_filename == "baselineCheck_global-version-1.json"
