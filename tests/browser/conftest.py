"""A real Chromium that drives the console; a page error or console error fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from console.models import Account
from console.roles import Role
from tests.factories import AccountFactory, MemberFactory

# Playwright's loop runs in this thread, so Django takes the tests for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

LAUNCH_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=20_000)  # a busy machine is slow, and a sound page costs no time
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

SignIn = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def base_url() -> str:
    """Replace the plugin's own, which warns of its own age; addresses here are whole."""
    return ""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.fail(f"no browser: install one of {', '.join(BROWSERS)}")
    return browser_type_launch_args | {"executable_path": executable, "args": LAUNCH_FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Nothing moves, on a screen of a laptop's size."""
    viewport = {"width": 1440, "height": 900}
    return browser_context_args | {"reduced_motion": "reduce", "viewport": viewport}


# htmx says so of each request that a newer one, or leaving the page, has ended; of a request that
# failed it says more.
ABORTED = ("htmx:afterRequest,", "htmx:sendAbort,")


class PageErrors(list[str]):
    """What a page complained about; expect() forgives what the test provokes."""

    def note(self, message: ConsoleMessage) -> None:
        """Collect what the page wrote to the console as an error."""
        if message.type == "error" and not message.text.startswith(ABORTED):
            self.append(message.text)

    def expect(self, text: str) -> None:
        """Forgive what contains the text."""
        found = [error for error in self if text in error]
        assert found, f"no error with {text!r} in {list(self)}"
        self[:] = [error for error in self if text not in error]


@pytest.fixture
def page_errors() -> Iterator[PageErrors]:
    """Collect page errors and console errors; any that is left fails the test."""
    errors = PageErrors()
    yield errors
    assert not errors


@pytest.fixture
def page(page: Page, page_errors: PageErrors) -> Page:
    """A page that is watched for errors."""
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: page_errors.append(str(error)))
    page.on("console", page_errors.note)
    return page


@pytest.fixture
def account(live_server: Any) -> Account:
    """An account that the live server sees."""
    return AccountFactory.create(name="Example")


@pytest.fixture
def signed_in_page(
    page: Page, context: BrowserContext, live_server: Any, account: Account
) -> SignIn:
    """Sign in a new member with a role and open an address: signed_in_page(Role.VIEWER, "/")."""

    def open_as(role: Role = Role.ADMINISTRATOR, address: str = "/", **member: Any) -> Page:
        client = Client()
        client.force_login(MemberFactory.create(account=account, role=role, **member).user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
        context.add_cookies([cookie])  # type: ignore[list-item]  # a plain dict will do
        page.goto(f"{live_server.url}{address}")
        return page

    return open_as
