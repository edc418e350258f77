"""Fixtures for all tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from console.models import Account, Member
from console.roles import Role
from console.translations import compile_messages
from rules.live import policies
from tests.factories import AccountFactory, MemberFactory


class MemberClient(Client):
    """A test client that is signed in; knows its member."""

    member: Member


@pytest.fixture(scope="session", autouse=True)
def translations() -> None:
    """Compile the translations that have changed."""
    compile_messages()


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """Forget the language that a page was asked for, so that no other test speaks it."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def own_policies() -> Iterator[None]:
    """Forget the rules and libraries of a test's accounts; their numbers come again."""
    yield
    policies.forget()


@pytest.fixture
def no_found_hits(db: None) -> None:
    """Forget what was found for images of other tests, which had the same ids."""
    cache.clear()


@pytest.fixture
def account(db: None) -> Account:
    """An account without services."""
    return AccountFactory.create()


@pytest.fixture
def member_client(account: Account) -> Callable[..., MemberClient]:
    """Sign in a new member of the account with a role: member_client(Role.VIEWER)."""

    def sign_in(role: Role = Role.ADMINISTRATOR) -> MemberClient:
        client = MemberClient()
        client.member = MemberFactory.create(account=account, role=role)
        client.force_login(client.member.user)
        return client

    return sign_in
