"""Requests to the object store, signed as clients sign them, through Django without a server."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from io import BytesIO
from typing import Any
from unittest.mock import Mock
from urllib.parse import quote

from django.test import Client, RequestFactory
from django.test.client import MULTIPART_CONTENT, ClientHandler, encode_multipart

from console.gateway import normalised
from openapi.uploads.requests import StoreRequest
from openapi.uploads.signatures import (
    ALGORITHM,
    read_signature,
    sign,
    sign_v4,
    text_of_v1,
)

BUCKET = "assay-uploads"
_BOUNDARY = "a-boundary"
DATA_MD5 = "8D777F385D3DFEC8815D20F7496026DC"  # of the four letters data


@dataclass
class Uploader:
    """Signs with the temporary key of an answer to DescribeUploadToken."""

    token: dict[str, Any]
    late: timedelta = field(default=timedelta())

    @property
    def prefix(self) -> str:
        return str(self.token["FileNamePrefix"])

    def key(self, name: str) -> str:
        return self.prefix + name

    @cached_property
    def client(self) -> Client:
        return Client(headers={"host": "127.0.0.1:8000"})

    def put(self, key: str, body: bytes = b"data", **more: Any) -> Any:
        return self.send("PUT", key, body, **more)

    def get(self, key: str, **more: Any) -> Any:
        return self.send("GET", key, **more)

    def send(
        self,
        method: str,
        key: str,
        body: bytes = b"",
        *,
        bucket: str = BUCKET,
        headers: dict[str, str] | None = None,
        version: int = 1,
        path: str = "",
        query: str = "",
    ) -> Any:
        """Send a signed request; path is that of the object unless another one is given."""
        sent = ({"content-type": "image/png"} if body else {}) | (headers or {})
        sign_it = self.sign_v1 if version == 1 else self.sign_v4
        sign_it(StoreRequest(method, bucket, key, [], sent))
        target = path or f"/{bucket}/{quote(key)}"
        content_type = sent.pop("content-type", "")
        return self.client.generic(method, target + query, body, content_type, headers=sent)

    def sign_v1(self, request: StoreRequest) -> None:
        date = format_datetime(datetime.now(UTC) - self.late, usegmt=True)
        headers: Any = request.headers
        headers |= {"date": date, "x-oss-security-token": self.token["SecurityToken"]}
        signature = sign(text_of_v1(request, date), self.token["AccessKeySecret"])
        headers.setdefault("authorization", f"OSS {self.token['AccessKeyId']}:{signature}")

    def sign_v4(self, request: StoreRequest) -> None:
        now = datetime.now(UTC) - self.late
        headers: Any = request.headers
        headers |= {
            "x-oss-date": f"{now:%Y%m%dT%H%M%SZ}",
            "x-oss-content-sha256": "UNSIGNED-PAYLOAD",
            "x-oss-security-token": self.token["SecurityToken"],
        }
        scope = f"{now:%Y%m%d}/cn-shanghai/oss/aliyun_v4_request"
        start = f"{ALGORITHM} Credential={self.token['AccessKeyId']}/{scope},Signature="
        text = read_signature(self._with(request, f"{start}{'0' * 64}")).text
        headers["authorization"] = start + sign_v4(text, scope, self.token["AccessKeySecret"])

    @staticmethod
    def _with(request: StoreRequest, authorization: str) -> StoreRequest:
        headers = {**request.headers, "authorization": authorization}
        return StoreRequest(request.method, request.bucket, request.key, request.query, headers)


def code_of(response: Any) -> str:
    """Return the code of an error, which is XML."""
    assert response["Content-Type"] == "application/xml"
    assert re.fullmatch("[0-9A-F]{24}", response["x-oss-request-id"])
    found = re.search("<Code>(.*)</Code>", response.content.decode())
    assert found is not None
    return found[1]


def md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def content_of(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def form_of(info: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the fields of a form as GetUploadInfo wants them; None leaves one out."""
    fields = {
        "key": info["Key"],
        "policy": info["Policy"],
        "OSSAccessKeyId": info["AccessId"],
        "Signature": info["Signature"],
        "x-oss-security-token": info["SecurityToken"],
        "success_action_status": "200",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def post_cut_form(fields: dict[str, Any], missing: int) -> Any:
    """Send a form through the gateway, but not its last bytes."""
    body = encode_multipart(_BOUNDARY, fields)
    content_type = MULTIPART_CONTENT.replace("BoUnDaRyStRiNg", _BOUNDARY)
    environ = RequestFactory().generic("POST", f"/{BUCKET}", body, content_type).environ
    environ["wsgi.input"] = BytesIO(body[:-missing])
    handler: Any = ClientHandler()
    return normalised(lambda environ, _: handler(environ))(environ, Mock())


def post_form(fields: dict[str, Any], path: str = f"/{BUCKET}", tail: bytes = b"") -> Any:
    """Send a form; tail comes after its last field."""
    body = encode_multipart(_BOUNDARY, fields)
    end = f"--{_BOUNDARY}--\r\n".encode()
    if tail:
        body = body.removesuffix(end) + tail + end
    content_type = MULTIPART_CONTENT.replace("BoUnDaRyStRiNg", _BOUNDARY)
    return Client().generic("POST", path, body, content_type)


def field_part(name: str, value: str) -> bytes:
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return f"{head}{value}\r\n".encode()


def policy_of(conditions: list[Any], expires: datetime) -> str:
    text = json.dumps({"expiration": f"{expires:%Y-%m-%dT%H:%M:%S}.000Z", "conditions": conditions})
    return base64.b64encode(text.encode()).decode()
