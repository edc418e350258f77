"""Signed calls through Django, without a web server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from openapi.wire import FORM
from tests.openapi.signing import signed_headers


def send(headers: Mapping[str, str], *, body: bytes = b"") -> Any:
    """Send a call through the middleware as a web server would."""
    content_type = headers.get("content-type", "")
    return Client().generic("POST", "/", body, content_type, headers=headers)


def call(key_id: str, parameters: Mapping[str, str] | None = None, **options: Any) -> Any:
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
