"""An account with services, somebody who may test, and images as browsers send them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from console.models import Account
from console.roles import Role
from onlinetest import models, services, work
from rules.services import install_catalogue
from tests.conftest import MemberClient


@pytest.fixture
def client(member_client: Callable[..., MemberClient], account: Account) -> MemberClient:
    """A moderator of an account that has all services."""
    install_catalogue(account=account)
    return member_client(Role.MODERATOR)


@pytest.fixture
def start(client: MemberClient) -> Callable[..., models.TestRun]:
    """Start a run of files, each a pair of name and content: start(("cat.jpg", content))."""

    def start_run(
        *files: tuple[str, bytes], service: str = "baselineCheck_global", **fields: Any
    ) -> models.TestRun:
        account = client.member.account
        run = services.start_run(
            author=client.member,
            service=account.services.get(code=service),
            urls=fields.pop("urls", []),
            upload_count=len(files),
            **fields,
        )
        for position, (name, content) in enumerate(files, start=run.items.count()):
            file = SimpleUploadedFile(name, content)
            services.add_upload(run=run, position=position, file=file)
        return run

    return start_run


@pytest.fixture
def finish() -> Callable[[models.TestRun], None]:
    """Do what the workers would do for a run."""

    def moderate(run: models.TestRun) -> None:
        for item in run.items.all():
            work.moderate_item(item.pk)

    return moderate
