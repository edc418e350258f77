"""The life of an image library with the vendor's unmodified clients, and many clients at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import oss2
import pytest
from alibabacloud_green20220302.client import Client as ModerationClient
from alibabacloud_green20220302.models import ImageModerationRequest
from alibabacloud_tea_openapi.utils_models import Config
from django.conf import settings
from Tea.exceptions import TeaException

from tests import pictures
from tests.openapi.installation import FreshInstallation, fresh_installation
from tests.openapi.sdk import Sdk
from tests.openapi.sdk_config import sdk_config
from tests.web_server import ROOT, web_server

pytestmark = pytest.mark.slow

SERVICE = "baselineCheck_global"
LIVE_WITHIN_S = 30  # on a busy machine
CLIENTS = 100


@dataclass(frozen=True)
class Installation:
    """A running installation of two web processes."""

    made: FreshInstallation
    port: int

    def config(self, key: str = "good") -> Config:
        return sdk_config(self.made, self.port, key)

    def __call__(self, action: str, key: str = "good", **parameters: Any) -> dict[str, Any]:
        """Return the answer to an action of 2022-09-26 as the client has understood it."""
        return Sdk(self.config(key))(action, **parameters)

    def upload(self, content: bytes) -> tuple[str, str]:
        """Put a picture into the object store; return its bucket and name."""
        token = ModerationClient(self.config()).describe_upload_token().body.data
        auth = oss2.StsAuth(token.access_key_id, token.access_key_secret, token.security_token)
        bucket = oss2.Bucket(auth, token.oss_internet_end_point, token.bucket_name)
        bucket.put_object(f"{token.file_name_prefix}picture.jpg", content)
        return token.bucket_name, f"{token.file_name_prefix}picture.jpg"

    def labels(self, content: bytes) -> list[str]:
        bucket, name = self.upload(content)
        values = {"ossBucketName": bucket, "ossObjectName": name}
        request = ImageModerationRequest(service=SERVICE, service_parameters=json.dumps(values))
        answer = ModerationClient(self.config()).image_moderation(request).body.to_map()
        assert answer["Code"] == 200, answer
        return [label["Label"] for label in answer["Data"]["Result"]]

    def wait_for(self, label: str, content: bytes) -> None:
        deadline = time.monotonic() + LIVE_WITHIN_S
        while self.labels(content) != [label]:
            assert time.monotonic() < deadline

    def enable(self, key: str, *, enabled: bool) -> None:
        self._do(
            "from console.models import AccessKey;"
            f"AccessKey.objects.filter(name={key!r}).update(enabled={enabled})"
        )

    def delete_libraries(self, start: str) -> None:
        """Make room for the other tests, which may come in any order."""
        self._do(
            "from libraries.models import ImageLibrary;"
            f"ImageLibrary.objects.filter(name__startswith={start!r}).delete()"
        )

    def _do(self, code: str) -> None:
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **self.made.environment}, check=True)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("data")
    with (
        fresh_installation(folder, Path(settings.MODEL_DIR)) as made,
        web_server(
            "console.wsgi:serving_application",
            environment=made.environment,
            workers=2,
            factory=True,
        ) as server,
    ):
        yield Installation(made, server.port)


def test_the_life_of_a_library(installation):
    assert installation("AddImageLib", lib_name="Older")["Data"] is True
    library = installation("CreateImageLib", lib_name="Ours", comment="Photos")["Data"]["LibId"]
    key = installation.upload(pictures.cat())[1]
    image = installation("AddImages2Lib", lib_id=library, img_url=key)["Data"]["ImgId"]
    listed = installation("ListImagesFromLib", lib_id=library, sort={"GmtCreate": "desc"})
    (item,) = listed["Items"]
    assert (item["ImageId"], listed["TotalCount"]) == (image, 1)
    for name, kind in (("ImageUrl", "image/jpeg"), ("ThumbnailUrl", "image/webp")):
        with urlopen(item[name]) as opened:
            assert opened.headers["Content-Type"] == kind

    exempt = {"service_code": SERVICE, "config": {library: 1}}
    assert installation("UpdateImageLibFreeInspection", **exempt)["Data"] is True
    (found,) = [
        one
        for one in installation("ListImageLib", service_code=SERVICE)["LibList"]
        if one["LibId"] == library
    ]
    assert (found["FreeInspection"], found["ImageNum"], found["Comment"]) == (1, 1, "Photos")
    installation.wait_for("nonLabel_lib", pictures.cat())

    assert installation("UpdateImageLib", lib_id=library, lib_name="Theirs")["Data"] is True
    assert installation("DeleteImagesFromLib", lib_id=library, image_ids=f"[{image}]")["Data"]
    installation.wait_for("nonLabel", pictures.cat())
    assert installation("ListImagesFromLib", lib_id=library)["TotalCount"] == 0


def test_a_hundred_clients_at_once(installation):
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(lambda _: installation("ListImageLib"), range(CLIENTS)))

    assert {answer["Code"] for answer in answers} == {200}
    assert len({answer["RequestId"] for answer in answers}) == CLIENTS


def test_a_hundred_clients_create_no_more_than_the_limit(installation):
    def create(number: int) -> int:
        code: int = installation("CreateImageLib", lib_name=f"Library {number}")["Code"]
        return code

    there = len(installation("ListImageLib")["LibList"])
    with ThreadPoolExecutor(CLIENTS // 4) as pool:
        codes = list(pool.map(create, range(CLIENTS // 4)))

    assert set(codes) == {200, 402}
    listed = installation("ListImageLib")
    installation.delete_libraries("Library ")
    assert len(listed["LibList"]) == listed["MaxLibCount"] == there + codes.count(200)


def test_a_key_that_is_disabled_in_the_middle_is_refused_from_then_on(installation):
    def call(_: int) -> str:
        try:
            return str(installation("ListImageLib", key="slow")["Code"])
        except TeaException as refusal:
            return str(refusal.code)

    with ThreadPoolExecutor(8) as pool:
        before = list(pool.map(call, range(16)))
        running = [pool.submit(call, number) for number in range(200)]
        installation.enable("slow", enabled=False)
        after = list(pool.map(call, range(16)))
        meanwhile = {one.result() for one in running}
    installation.enable("slow", enabled=True)

    assert set(before) == {"200"}
    assert set(after) == {"InvalidAccessKeyId.Inactive"}
    assert meanwhile <= {"200", "InvalidAccessKeyId.Inactive"}
