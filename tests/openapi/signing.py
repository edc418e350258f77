"""Signed calls for tests, made without a client library."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client

from openapi.signature import ALGORITHM, canonical_request, sign
from openapi.wire import FORM, WireRequest
from tests.factories import AccessKeyFactory

HOST = "testserver"
PLAIN_SECRET = AccessKeyFactory.plain_secret


def signed_headers(
    key_id: str,
    *,
    body: bytes = b"",
    action: str = "ImageModeration",
    version: str = "2022-03-02",
    nonce: str = "",
    late: timedelta = timedelta(),
    secret: str = PLAIN_SECRET,
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the headers of a call that holds; late moves its date into the past."""
    headers = {
        "host": HOST,
        "x-acs-action": action,
        "x-acs-version": version,
        "x-acs-date": (datetime.now(UTC) - late).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce or secrets.token_hex(16),
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        **(extra or {}),
    }
    request = WireRequest("POST", "/", "", headers, body)
    signature = sign(canonical_request(request, headers), secret)
    headers["authorization"] = (
        f"{ALGORITHM} Credential={key_id},SignedHeaders={';'.join(sorted(headers))}"
        f",Signature={signature}"
    )
    return headers


def send(headers: Mapping[str, str], *, body: bytes = b"") -> HttpResponse:
    """Send a call through the middleware as a web server would."""
    content_type = headers.get("content-type", "")
    response: HttpResponse = Client().generic("POST", "/", body, content_type, headers=headers)
    return response


def call(key_id: str, parameters: Mapping[str, str] | None = None, **options: Any) -> HttpResponse:
    """Sign and send a call with the parameters in the form body."""
    body = urlencode(parameters).encode() if parameters else b""
    if body:
        options["extra"] = {"content-type": FORM, **options.get("extra", {})}
    return send(signed_headers(key_id, body=body, **options), body=body)


def moderate(key_id: str, service: str, values: Any, **options: Any) -> dict[str, Any]:
    """Call ImageModeration and return the answer; values is ServiceParameters."""
    text = values if isinstance(values, str) else json.dumps(values)
    parameters = {"Service": service, "ServiceParameters": text}
    answer: dict[str, Any] = json.loads(call(key_id, parameters, **options).content)
    return answer
