"""Recorded requests of unmodified clients of the object store verify; changed ones do not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from openapi.uploads.errors import StoreError
from openapi.uploads.requests import StoreRequest
from openapi.uploads.signatures import ALGORITHM, read_signature, sign_v4

FOLDER = Path(__file__).parents[1] / "captures" / "uploads"
SECRET = "stsSecret"  # of the recorded requests
DEAD_ALGORITHM = "OSS2 "


def _request(item: dict[str, Any]) -> StoreRequest:
    method, target, _ = item["line"].split(" ")
    headers = {name.lower(): value for name, value in item["headers"]}
    path = unquote(target)[1:]
    if path.startswith("upload/"):
        return StoreRequest(method, headers["host"].split(".")[0], path, [], headers)
    bucket, _, key = path.partition("/")
    return StoreRequest(method, bucket, key, [], headers)


ALL = {
    f"{file.stem}-{number}": _request(item)
    for file in sorted(FOLDER.glob("*.json"))
    for number, item in enumerate(json.loads(file.read_text()))
}
GOOD = {
    name: request
    for name, request in ALL.items()
    if not request.headers["authorization"].startswith(DEAD_ALGORITHM)
}


def verify(request: StoreRequest, *, late_s: int = 0) -> None:
    signature = read_signature(request)
    assert signature.date is not None
    signature.check_time(signature.date + timedelta(seconds=late_s))
    signature.verify(SECRET)


def with_header(request: StoreRequest, **headers: str) -> StoreRequest:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(request, headers={**request.headers, **more})


CHANGES = {
    "method": lambda request: replace(request, method="POST"),
    "bucket": lambda request: replace(request, bucket="other-bucket"),
    "key": lambda request: replace(request, key=f"{request.key}x"),
    "content type": lambda request: with_header(request, content_type="text/html"),
    "MD5": lambda request: with_header(request, content_md5="jXd/OF09/siBXSD3SWAm3w=="),
    "added header": lambda request: with_header(request, x_oss_acl="public-read"),
    "query": lambda request: replace(request, query=[("response-content-type", "text/html")]),
}


def test_recordings_are_there():
    assert len(GOOD) == len(ALL) - 1 == 20


@pytest.mark.parametrize("name", GOOD)
class TestRecorded:
    def test_it_verifies_at_its_own_date(self, name):
        verify(GOOD[name])

    @pytest.mark.parametrize("late_s", [-901, 901])
    def test_it_does_not_verify_at_another(self, name, late_s):
        with pytest.raises(StoreError) as raised:
            verify(GOOD[name], late_s=late_s)

        assert (raised.value.status, raised.value.code) == (403, "RequestTimeTooSkewed")

    @pytest.mark.parametrize("change", CHANGES)
    def test_it_does_not_verify_when_changed(self, name, change):
        with pytest.raises(StoreError) as raised:
            verify(CHANGES[change](GOOD[name]))

        assert raised.value.code == "SignatureDoesNotMatch"
        assert SECRET not in raised.value.message


def test_an_algorithm_that_is_not_known_is_refused():
    (dead,) = [request for name, request in ALL.items() if name not in GOOD]

    with pytest.raises(StoreError) as raised:
        read_signature(dead)

    assert raised.value.code == "AccessDenied"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "OSS "},
        {"authorization": "OSS id"},
        {"authorization": "OSS id:signature"},
        {"authorization": "OSS id:signature", "date": "yesterday"},
        {"authorization": "OSS " + "a" * 100_000},
        {"authorization": "OSS4-HMAC-SHA256 Credential=id/20260131/r/oss/x,Signature=00"},
        {
            "authorization": "OSS4-HMAC-SHA256 Credential=id/20260131/r/oss/aliyun_v4_request,"
            f"Signature={'0' * 64}"
        },
    ],
)
def test_what_cannot_be_read_is_refused(headers):
    with pytest.raises(StoreError) as raised:
        read_signature(StoreRequest("PUT", "b", "upload/k", [], headers))

    assert raised.value.code == "AccessDenied"


class TestAddressesOfVersion4:
    """What the clients sign stands in test_clients.py; this is what no client sends."""

    @pytest.fixture
    def query(self) -> dict[str, str]:
        query = {
            "x-oss-signature-version": ALGORITHM,
            "x-oss-credential": "id/20260131/r/oss/aliyun_v4_request",
            "x-oss-date": "20260131T080000Z",
            "x-oss-expires": "60",
            "x-oss-security-token": "token",
        }
        text = read_signature(self.request(query)).text
        return query | {
            "x-oss-signature": sign_v4(text, "20260131/r/oss/aliyun_v4_request", SECRET)
        }

    @staticmethod
    def request(query: dict[str, str]) -> StoreRequest:
        return StoreRequest("GET", "b", "upload/k", list(query.items()), {"host": "b"})

    def test_it_is_good_until_it_expires(self, query):
        signature = read_signature(self.request(query))
        start = datetime(2026, 1, 31, 8, tzinfo=UTC)

        signature.verify(SECRET)
        signature.check_time(start + timedelta(seconds=60))
        with pytest.raises(StoreError, match="expired"):
            signature.check_time(start + timedelta(seconds=61))

    @pytest.mark.parametrize(
        "change",
        [
            {"x-oss-expires": "61"},
            {"x-oss-date": "20260131T080001Z"},
            {"x-oss-security-token": "another"},
            {"response-content-type": "text/html"},
        ],
    )
    def test_what_it_says_is_signed(self, query, change):
        with pytest.raises(StoreError) as raised:
            read_signature(self.request(query | change)).verify(SECRET)

        assert raised.value.code == "SignatureDoesNotMatch"

    @pytest.mark.parametrize(
        "change",
        [
            {"x-oss-signature-version": "OSS5"},
            {"x-oss-credential": "id/today/r/oss/aliyun_v4_request"},
            {"x-oss-date": "today"},
            {"x-oss-expires": "-1"},
            {"x-oss-expires": "9" * 13},
        ],
    )
    def test_what_cannot_be_read_is_refused(self, query, change):
        with pytest.raises(StoreError) as raised:
            read_signature(self.request(query | change))

        assert raised.value.code == "AccessDenied"
