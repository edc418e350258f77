"""axe, with the whole page in sight."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


def examine(page: Page) -> Any:
    """Run axe on a window as high as the page, where nothing that sticks to an edge hides any."""
    size = page.viewport_size
    assert size is not None
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})
    results = Axe().run(page, options=AXE_OPTIONS)
    page.set_viewport_size(size)
    return results
