"""Every page in both themes and two widths: no accessibility fault, no sideways scrolling.

With SCREENSHOT_DIR set, each is also written there as a picture (make screenshots).
"""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from libraries.keyword_lines import read_keywords
from libraries.services.keywords import add_keywords
from results.models import DetectionResult
from rules.changes import CustomLibraryChange
from rules.services import (
    copy_service,
    install_catalogue,
    save_custom_libraries,
    save_exemptions,
)
from tests.browser.accessibility import examine
from tests.browser.imports import add_imports
from tests.browser.pages import (
    IMAGE_LIBRARY_ID,
    PAGES,
    REQUEST_ID,
    THEMES,
    VOCABULARY_ID,
    WIDTHS,
    ListedPage,
)
from tests.browser.usage import add_usage
from tests.factories import (
    AccessKeyFactory,
    DetectionResultFactory,
    FeedbackFactory,
    HitFactory,
    ImageLibraryFactory,
    MemberFactory,
    VocabularyFactory,
)
from tests.libraries.samples import add_shown, fill


@pytest.fixture
def furnished(account):
    """Something to see on every page."""
    install_catalogue(account=account)
    AccessKeyFactory(account=account, name="Upload service", qps_limit=25)
    AccessKeyFactory(account=account, name="Nightly import", enabled=False)
    for risk in DetectionResult.Risk:
        DetectionResultFactory(account=account, risk_level=risk)
    hit = HitFactory(account=account, data_id="post-7", request_id=REQUEST_ID)
    FeedbackFactory(account=account, result=hit, labels=["pt_qrCode"], note="Our own QR code")
    FeedbackFactory(account=account, kind="missed_violation", labels=["violent_gun"])
    _change_rules(account)
    add_imports(account)
    add_usage(account)
    return account


def _change_rules(account):
    """Copy a service; link a library and a vocabulary of each kind, and exempt one."""
    author = MemberFactory(account=account, user__username="j.okafor")
    service = account.services.get(code="baselineCheck_global")
    copy_service(
        source=service,
        code="baselineCheck_global_01",
        name="Marketplace",
        description="Pictures of goods",
        author=author,
    )
    changes = [
        CustomLibraryChange(
            label="contraband_drug_tii",
            image_library_id=_add_images(account).pk,
            vocabulary_id=_add_keywords(account, author).pk,
        )
    ]
    save_custom_libraries(service=service, changes=changes, based_on=1, author=author)
    logos = ImageLibraryFactory(account=account, name="Own logos")
    save_exemptions(service=service, library_ids=[logos.pk], based_on=2, author=author)


def _add_images(account):
    """Fill an image library with pictures and hashes."""
    library = ImageLibraryFactory(
        pk=IMAGE_LIBRARY_ID,
        account=account,
        name="Emergency blocklist",
        description="What spreads since this morning",
    )
    fill(library, 2)
    for seed, photo in enumerate(("cat", "coffee", "temple", "flower", "rocket")):
        add_shown(library, f"{photo}.png", photo=photo, seed=seed)
    return library


def _add_keywords(account, author):
    """Fill a vocabulary, and leave another empty; return the filled one."""
    VocabularyFactory(account=account, name="Harmless words")
    vocabulary = VocabularyFactory(
        pk=VOCABULARY_ID,
        account=account,
        name="Drug slang",
        description="What sellers write instead of the names",
    )
    lines = read_keywords([(1, "snow white"), (2, "冰毒"), (3, "green dragon")])
    add_keywords(vocabulary=vocabulary, lines=lines, author=author)
    return vocabulary


@pytest.mark.parametrize("listed", PAGES, ids=lambda listed: listed.name)
@pytest.mark.ignore_template_errors  # allauth's own templates ask for what is not there
def test_a_page_is_accessible_and_fits(
    listed, furnished, signed_in_page, page, live_server, page_errors
):
    if listed.is_signed_in:
        signed_in_page(address=listed.address, user__username="mei.tan")

    for width, theme in product(WIDTHS, THEMES):
        page.set_viewport_size({"width": width, "height": WIDTHS[width]})
        page.emulate_media(color_scheme=theme)
        page.goto(f"{live_server.url}{listed.address}")
        _open(page, listed)
        _photograph(page, f"{listed.name}-{width}-{theme}")

        results = examine(page)

        assert results.violations_count == 0, results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    if listed.name == "not-found":
        page_errors.expect("404")


MEDIUM_WIDTHS = (800, 1024, 1280)


@pytest.mark.parametrize("address", ["/results/", "/libraries/images/", "/libraries/keywords/"])
def test_a_table_fits_between_phone_and_laptop(address, furnished, signed_in_page):
    page = signed_in_page(address=address)
    expect(page.get_by_role("row").first).to_be_attached()

    for width in MEDIUM_WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})

        assert page.evaluate("document.documentElement.scrollWidth") <= width
        fitting = page.evaluate(
            "() => [...document.querySelectorAll('main table')]"
            ".map((table) => table.offsetWidth <= table.parentElement.clientWidth)"
        )
        assert fitting
        assert all(fitting)


LEAST_TARGET_PX = 24


@pytest.mark.parametrize("kind", ["images", "keywords"])
@pytest.mark.parametrize("address", ["", "9001/", "9001/import/", "9001/delete/"])
def test_a_name_without_a_space_fits(kind, address, signed_in_page, account):
    ImageLibraryFactory(pk=9001, account=account, name="W" * 64)
    VocabularyFactory(pk=9001, account=account, name="W" * 64)
    page = signed_in_page(address=f"/libraries/{kind}/{address}")

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": WIDTHS[width]})

        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for button in page.locator(".top .icon-btn:visible").all():
            assert button.evaluate("button => button.offsetWidth") >= LEAST_TARGET_PX
        for table in page.locator(".table-wrap").all():
            assert table.evaluate("wrap => wrap.scrollWidth <= wrap.clientWidth")


def test_axe_finds_what_is_wrong(page, live_server):
    page.goto(f"{live_server.url}/account/login/")
    page.locator("html").evaluate("root => root.removeAttribute('lang')")

    results = examine(page)

    assert "html-has-lang" in [violation["id"] for violation in results.response["violations"]]


def _open(page: Page, listed: ListedPage) -> None:
    page.wait_for_load_state("networkidle")
    if listed.press:
        page.get_by_role("link", name=listed.press).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()


def _photograph(page: Page, name: str) -> None:
    folder = os.environ.get("SCREENSHOT_DIR")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")
