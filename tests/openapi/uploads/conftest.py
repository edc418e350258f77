"""Accounts that upload, and a storage of their own for each test."""

from __future__ import annotations

import json
from typing import Any

import pytest

from console.models import AccessKey
from tests.factories import AccessKeyFactory
from tests.openapi.calls import call
from tests.openapi.console_calls import ConsoleClient
from tests.openapi.signing import PLAIN_SECRET
from tests.openapi.uploads.requests import Uploader


def token_of(access_key: AccessKey) -> dict[str, Any]:
    """Return what DescribeUploadToken answers."""
    response = call(access_key.key_id, {}, action="DescribeUploadToken", version="2022-03-02")
    answer = json.loads(response.content)
    assert answer["Code"] == 200, answer
    data: dict[str, Any] = answer["Data"]
    return data


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    """Keep files in a folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def access_key(account) -> AccessKey:
    return AccessKeyFactory.create(account=account, plain_secret=PLAIN_SECRET)


@pytest.fixture
def uploader(access_key) -> Uploader:
    return Uploader(token_of(access_key))


@pytest.fixture
def stranger() -> Uploader:
    """Somebody of another account."""
    return Uploader(token_of(AccessKeyFactory.create(plain_secret=PLAIN_SECRET)))


@pytest.fixture
def ask(access_key) -> ConsoleClient:
    return ConsoleClient(access_key)
