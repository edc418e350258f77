"""Rules in a real browser: filter services, change a rule, see it publish; copy a service."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from console.acknowledging import acknowledge, register, this_process
from console.models import Account, ModeratingProcess, Publication
from console.roles import Role
from rules.changes import ScopeChange
from rules.models import LabelRule, Service
from rules.services import copy_service, install_catalogue, save_scope
from tests.browser.accessibility import examine
from tests.factories import (
    DetectionResultFactory,
    ImageLibraryFactory,
    MemberFactory,
    VocabularyFactory,
)

PROHIBITED = "/rules/baselineCheck_global/scope/prohibited/"
DRUG = "contraband_drug"
NOTE_FOCUS = """() => { // notes where the focus is as soon as the dialog is filled
  window.focused = [];
  const note = () => window.focused.push(document.activeElement.name);
  new MutationObserver(note).observe(document.querySelector("#modal"), { childList: true });
}"""


@pytest.fixture
def service(account: Account) -> Service:
    install_catalogue(account=account)
    return account.services.get(code="baselineCheck_global")


@pytest.fixture
def take_over(service: Service) -> Iterator[Callable[[], None]]:
    """A process that judges; called, it has taken over what is published, and that is live."""
    process = this_process(ModeratingProcess.Kind.WEB)
    register(process)

    def take_over() -> None:
        acknowledge(process, Publication.objects.newest_number())
        pending = Publication.objects.filter(live_at=None)
        pending.update(live_at=timezone.now(), process_count=1)

    take_over()
    yield take_over
    ModeratingProcess.objects.all().delete()


def rule_of(service: Service, label: str = DRUG) -> LabelRule:
    return LabelRule.objects.get(service=service, label=label)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


class TestServices:
    def test_the_list_is_filtered_as_one_types(self, signed_in_page, service):
        page = signed_in_page(address="/")
        rows = page.get_by_role("row")

        page.keyboard.press("g")
        page.keyboard.press("r")
        expect(page.get_by_role("heading", name="Rules Management")).to_be_visible()
        page.wait_for_load_state()  # keys do nothing before the scripts have run
        page.keyboard.press("/")
        page.keyboard.type("check_global")

        expect(rows).to_have_count(2)
        expect(page.get_by_role("link", name="Settings of baselineCheck_global")).to_be_visible()
        expect(page).to_have_url(re.compile(r"\?q=check_global$"))
        page.reload()
        expect(rows).to_have_count(2)

        page.get_by_label("Filter services").fill("nothing like it")
        expect(page.get_by_text("No service matches")).to_be_visible()
        page.get_by_role("link", name="Clear filter").click()
        expect(page.get_by_text("aigcCheck_cb")).to_be_visible()

    def test_calls_of_the_week_are_shown_beside_each_service(
        self, signed_in_page, service, account
    ):
        DetectionResultFactory.create_batch(3, account=account)

        page = signed_in_page(address="/rules/?q=check_global")

        row = page.get_by_role("row").filter(has_text="baselineCheck_global")
        expect(row.locator(f"#calls-{service.pk}")).to_have_text("3")

    def test_a_service_is_copied(self, signed_in_page, service, take_over, page_errors):
        page = signed_in_page(address="/rules/")

        page.get_by_role("link", name="Copy baselineCheck_global", exact=True).click()
        dialog = page.get_by_role("dialog", name="Copy Service")
        expect(dialog.get_by_label("Service Code")).to_have_value("baselineCheck_global_01")
        dialog.get_by_label("Service Code").fill("baselineCheck_global")
        dialog.get_by_label("Service Name").fill("Marketplace")
        dialog.get_by_role("button", name="Create").click()
        expect(dialog.get_by_text("baselineCheck_global_01 is free")).to_be_visible()
        expect(dialog.get_by_label("Service Name")).to_have_value("Marketplace")
        expect(dialog.get_by_label("Service Code")).to_be_focused()
        dialog.get_by_label("Service Code").fill("baselineCheck_global_01")
        dialog.get_by_role("button", name="Create").click()

        expect(page.get_by_role("heading", name="Marketplace", level=1)).to_be_visible()
        expect(page.get_by_text("Publishing version 1")).to_be_visible()
        take_over()
        expect(page.get_by_text("Version 1 live")).to_be_visible()
        page_errors.expect("422")

    def test_the_form_that_has_a_page_to_itself_is_answered_there(
        self, signed_in_page, service, page_errors
    ):
        page = signed_in_page(address="/rules/baselineCheck_global/copy/")
        page.get_by_label("Service Code").fill("no code!")
        page.get_by_label("Service Name").fill("Marketplace")

        page.get_by_role("button", name="Create").click()

        expect(page.get_by_text("Use letters, digits and underscores only.")).to_be_visible()
        expect(page.get_by_label("Service Code")).to_be_focused()
        expect(page.get_by_role("dialog")).to_have_count(0)
        page_errors.expect("422")

    def test_a_refused_field_has_the_focus_before_anything_can_be_typed(
        self, signed_in_page, service, page_errors
    ):
        page = signed_in_page(address="/rules/")
        page.get_by_role("link", name="Copy baselineCheck_global", exact=True).click()
        dialog = page.get_by_role("dialog", name="Copy Service")
        dialog.get_by_label("Service Code").fill("baselineCheck")
        dialog.get_by_label("Service Name").fill("Marketplace")
        page.evaluate(NOTE_FOCUS)

        dialog.get_by_role("button", name="Create").click()

        expect(dialog.get_by_text("baselineCheck_global_01 is free")).to_be_visible()
        assert page.evaluate("focused") == ["code"]
        page_errors.expect("422")

    def test_a_copy_is_deleted_once_its_code_is_typed(self, signed_in_page, service, account):
        author = MemberFactory(account=account)
        copy_service(source=service, code="mine", name="Mine", description="", author=author)
        page = signed_in_page(address="/rules/?q=mine")

        page.get_by_role("link", name="Delete mine").click()
        dialog = page.get_by_role("dialog", name="Delete mine?")
        button = dialog.get_by_role("button", name="Delete")
        expect(button).to_be_disabled()
        dialog.get_by_label("Service Code").fill("mine")
        button.click()

        expect(page.get_by_role("status")).to_contain_text("mine was deleted")
        assert not account.services.filter(code="mine").exists()


class TestDetectionScope:
    def test_a_rule_is_changed_and_seen_to_be_published(self, signed_in_page, service, take_over):
        page = signed_in_page(Role.POLICY_MANAGER, PROHIBITED, user__username="mei")
        expect(page.get_by_text("Version 1 live")).to_be_visible()

        page.keyboard.press("e")
        expect(page.get_by_text("No changes yet")).to_be_visible()
        page.get_by_role("switch", name="Drugs", exact=True).click()
        page.get_by_label(f"High-risk score of {DRUG}_tii", exact=True).fill("92.5")
        expect(page.get_by_text("2 labels changed")).to_be_visible()
        page.get_by_label("Comment on this version").fill("Too many false alarms")
        page.keyboard.press("Control+s")

        expect(page.get_by_role("status")).to_contain_text("Saved as version 2")
        expect(page.get_by_text("Publishing version 2")).to_be_visible()
        expect(page.get_by_label("3 of 4 labels on")).to_be_visible()
        expect(page.get_by_text("Changed by mei")).to_be_visible()
        take_over()
        expect(page.get_by_text("Version 2 live")).to_be_visible()
        expect(page.get_by_role("status")).to_contain_text("Version 2 is live")
        assert rule_of(service).enabled is False
        assert str(rule_of(service, f"{DRUG}_tii").high_risk_score) == "92.50"
        expect(page.get_by_role("link", name="Edit", exact=True)).to_be_focused()

    def test_scores_in_the_wrong_order_are_refused_beside_the_fields(
        self, signed_in_page, service, page_errors
    ):
        page = signed_in_page(address=f"{PROHIBITED}?edit")
        medium = page.get_by_label(f"Medium-risk score of {DRUG}", exact=True)

        medium.fill("80")
        save(page)

        expect(page.get_by_text("The medium-risk score must be below")).to_be_visible()
        expect(medium).to_be_focused()
        expect(medium).to_have_value("80")
        expect(page.get_by_text("1 label changed")).to_be_visible()
        results = examine(page)
        assert results.violations_count == 0, results.generate_report()
        medium.fill("70")
        save(page)
        expect(page.get_by_role("status")).to_contain_text("Saved as version 2")
        page_errors.expect("422")

    def test_the_thumbs_of_a_label_move_its_scores(self, signed_in_page, service):
        page = signed_in_page(address=f"{PROHIBITED}?edit")
        slider = page.get_by_label(f"Medium-risk score of {DRUG}, slider", exact=True)

        slider.press("ArrowRight")

        score = page.get_by_label(f"Medium-risk score of {DRUG}", exact=True)
        expect(score).to_have_value("61")
        expect(page.get_by_text("1 label changed")).to_be_visible()

    def test_leaving_with_changes_asks_first_and_discard_does_not(self, signed_in_page, service):
        page = signed_in_page(address=f"{PROHIBITED}?edit")
        page.get_by_role("switch", name="Drugs", exact=True).click()

        page.get_by_role("link", name="Flags").click()
        dialog = page.get_by_role("alertdialog", name="Leave without saving?")
        dialog.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("1 label changed")).to_be_visible()
        page.get_by_role("link", name="Discard").click()

        expect(page.get_by_role("link", name="Edit", exact=True)).to_be_visible()
        expect(page).to_have_url(re.compile(f"{PROHIBITED}$"))
        assert service.versions.count() == 1

    def test_turning_a_whole_type_off_is_reviewed(self, signed_in_page, service):
        page = signed_in_page(address=f"{PROHIBITED}?edit")
        switches = page.get_by_role("switch")
        for place in range(4):
            switches.nth(place).click()

        save(page)
        dialog = page.get_by_role("dialog", name="Review the changes")
        expect(dialog.get_by_text("Off")).to_have_count(4)
        results = examine(page)
        assert results.violations_count == 0, results.generate_report()
        dialog.get_by_role("button", name="Keep editing").click()
        expect(page.get_by_text("4 labels changed")).to_be_visible()
        save(page)
        dialog.get_by_role("button", name="Save 4 changes").click()

        expect(page.get_by_role("status")).to_contain_text("Saved as version 2")
        expect(page.get_by_label("0 of 4 labels on")).to_be_visible()

    def test_who_was_slower_applies_the_own_change_on_top(
        self, signed_in_page, service, account, page_errors
    ):
        page = signed_in_page(address=f"{PROHIBITED}?edit")
        mei = MemberFactory(account=account, user__username="mei")
        gamble = ScopeChange(
            label="contraband_gamble",
            enabled=False,
            medium_risk_score=Decimal(60),
            high_risk_score=Decimal(80),
        )
        save_scope(service=service, changes=[gamble], based_on=1, author=mei)

        page.get_by_label(f"High-risk score of {DRUG}", exact=True).fill("95")
        save(page)
        dialog = page.get_by_role("dialog", name="Somebody saved before you")
        expect(dialog.get_by_text("contraband_gamble")).to_be_visible()
        results = examine(page)
        assert results.violations_count == 0, results.generate_report()
        dialog.get_by_role("button", name="Apply mine again").click()

        expect(page.get_by_role("status")).to_contain_text("Saved as version 3")
        assert rule_of(service).high_risk_score == 95
        assert rule_of(service, "contraband_gamble").enabled is False
        page_errors.expect("409")

    def test_hits_of_the_week_are_shown_beside_each_label(self, signed_in_page, service, account):
        DetectionResultFactory.create_batch(2, account=account, label=DRUG)

        page = signed_in_page(address=PROHIBITED)

        row = page.get_by_role("row").filter(has_text="Drugs")
        expect(row.locator(f"#hits-{rule_of(service).pk}")).to_have_text("2")

    def test_who_may_not_change_rules_reads_them(self, signed_in_page, service):
        page = signed_in_page(Role.MODERATOR, PROHIBITED)

        expect(page.get_by_role("row").filter(has_text="Drugs")).to_be_visible()
        expect(page.get_by_role("link", name="Edit")).to_have_count(0)
        expect(page.get_by_role("link", name="Copy service")).to_have_count(0)


class TestCustomLibraries:
    def test_a_library_and_a_vocabulary_are_linked(self, signed_in_page, service, account):
        ImageLibraryFactory(account=account, name="Emergency blocklist")
        VocabularyFactory(account=account, name="Drug slang")
        page = signed_in_page(address=PROHIBITED)

        page.get_by_role("link", name="Edit customized libraries").click()
        images = page.get_by_role("combobox", name=f"{DRUG}_lib Images")
        expect(images).to_be_focused()
        images.select_option("Emergency blocklist")
        page.get_by_role("combobox", name=f"{DRUG}_tii_lib Keywords").select_option("Drug slang")
        expect(page.get_by_text("2 libraries changed")).to_be_visible()
        save(page)

        expect(page.get_by_role("status")).to_contain_text("Saved as version 2")
        expect(page.get_by_role("link", name="Emergency blocklist")).to_be_visible()
        expect(page.get_by_role("link", name="Drug slang")).to_be_visible()
        expect(page.get_by_role("link", name="Edit customized libraries")).to_be_focused()
