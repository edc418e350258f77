"""What clients are told while another process holds the lock of the database, and afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import oss2
import pytest
from alibabacloud_green20220302.client import Client as ModerationClient
from alibabacloud_green20220926.client import Client as ConsoleClient
from alibabacloud_green20220926.models import CreateImageLibRequest, ListImageLibRequest
from alibabacloud_tea_openapi.utils_models import Config
from django.conf import settings
from Tea.exceptions import TeaException

from tests.held_database import held_database
from tests.openapi.installation import FreshInstallation, fresh_installation
from tests.openapi.sdk_config import sdk_config
from tests.web_server import web_server

pytestmark = pytest.mark.slow
PATIENCE_S = 30  # the server's own is 5, on a machine that does nothing else


@dataclass(frozen=True)
class Installation:
    made: FreshInstallation
    folder: Path
    config: Config

    def upload(self) -> oss2.models.PutObjectResult:
        token = ModerationClient(self.config).describe_upload_token().body.data
        return self.bucket(token).put_object(f"{token.file_name_prefix}x", b"data")

    @staticmethod
    def bucket(token: Any) -> oss2.Bucket:
        auth = oss2.StsAuth(token.access_key_id, token.access_key_secret, token.security_token)
        place = token.oss_internet_end_point, token.bucket_name
        return oss2.Bucket(auth, *place, connect_timeout=PATIENCE_S)

    def files(self) -> int:
        return sum(path.is_file() for path in (self.folder / "media").rglob("*"))


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("data")
    with (
        fresh_installation(folder, Path(settings.MODEL_DIR)) as made,
        web_server("console.wsgi:application", environment=made.environment, workers=2) as server,
    ):
        yield Installation(made, folder, sdk_config(made, server.port))


def test_a_call_is_refused_in_a_bounded_time_and_works_again(installation):
    client = ConsoleClient(installation.config)
    request = CreateImageLibRequest(lib_name="Made while it was locked")

    with held_database(installation.made.environment):
        started = time.monotonic()
        with pytest.raises(TeaException) as raised:
            client.create_image_lib(request)
        assert 4 < time.monotonic() - started < PATIENCE_S

    assert (raised.value.code, raised.value.data["statusCode"]) == ("InternalError", 500)
    assert len(raised.value.data["RequestId"]) == 36
    assert "locked" not in raised.value.message
    assert client.list_image_lib(ListImageLibRequest()).body.lib_list == []
    assert client.create_image_lib(request).body.code == 200


def test_an_upload_is_refused_in_a_bounded_time_and_leaves_nothing(installation):
    token = ModerationClient(installation.config).describe_upload_token().body.data
    before = installation.files()

    with held_database(installation.made.environment):
        started = time.monotonic()
        with pytest.raises(oss2.exceptions.ServerError) as raised:
            installation.bucket(token).put_object(f"{token.file_name_prefix}x", b"data")
        assert 4 < time.monotonic() - started < PATIENCE_S

    assert (raised.value.status, raised.value.code) == (500, "InternalError")
    assert installation.files() == before
    assert installation.upload().status == 200
