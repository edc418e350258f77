"""A library, who adds to it, and imports that have arrived."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from console.models import Account, Member
from libraries.models import ImageLibrary, ImportJob
from libraries.services import imports
from tests.factories import ImageLibraryFactory, MemberFactory


@pytest.fixture
def import_library(account: Account) -> ImageLibrary:
    """An empty library."""
    return ImageLibraryFactory.create(account=account, name="Blocked")


@pytest.fixture
def import_author(account: Account) -> Member:
    """Who starts imports."""
    return MemberFactory.create(account=account)


@pytest.fixture
def start(import_library: ImageLibrary, import_author: Member) -> Callable[..., ImportJob]:
    """Start an import of a file that has arrived: start(Kind.ZIP, content)."""

    def start_import(kind: ImportJob.Kind, content: bytes) -> ImportJob:
        return imports.import_content(
            library=import_library, author=import_author, kind=kind, name="list", content=content
        )

    return start_import
