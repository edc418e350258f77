"""What clients are told while another process holds the lock of the database, and afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import oss2
import pytest
from django.conf import settings

from tests.held_database import held_database
from tests.openapi.installation import FreshInstallation, fresh_installation
from tests.openapi.sdk import Sdk
from tests.openapi.sdk_config import sdk_config
from tests.web_server import web_server

pytestmark = pytest.mark.slow
SERVER_WAITS_S = 5
PATIENCE_S = 30  # on a busy machine


class Installation(NamedTuple):
    made: FreshInstallation
    folder: Path
    sdk: Sdk

    def files(self) -> int:
        return sum(path.is_file() for path in (self.folder / "media").rglob("*"))


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("data")
    with (
        fresh_installation(folder, Path(settings.MODEL_DIR)) as made,
        web_server("console.wsgi:application", environment=made.environment, workers=2) as server,
    ):
        yield Installation(made, folder, Sdk(sdk_config(made, server.port)))


def test_a_call_is_refused_in_a_bounded_time_and_works_again(installation):
    sdk, library = installation.sdk, {"lib_name": "Made while it was locked"}

    with held_database(installation.made.environment):
        started = time.monotonic()
        error = sdk.refusal("CreateImageLib", **library)
        assert SERVER_WAITS_S - 1 < time.monotonic() - started < PATIENCE_S

    assert (error.code, error.data["statusCode"]) == ("InternalError", 500)
    assert len(error.data["RequestId"]) == 36
    assert "locked" not in error.message
    assert sdk("ListImageLib")["LibList"] == []
    assert sdk("CreateImageLib", **library)["Code"] == 200


def test_an_upload_is_refused_in_a_bounded_time_and_leaves_nothing(installation):
    bucket, prefix = installation.sdk.place()
    before = installation.files()

    with held_database(installation.made.environment):
        started = time.monotonic()
        with pytest.raises(oss2.exceptions.ServerError) as raised:
            bucket.put_object(f"{prefix}x", b"data")
        assert SERVER_WAITS_S - 1 < time.monotonic() - started < PATIENCE_S

    assert (raised.value.status, raised.value.code) == (500, "InternalError")
    assert installation.files() == before
    assert bucket.put_object(f"{prefix}x", b"data").status == 200
