"""Answers of the API: always one JSON object with a RequestId, never HTML."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

from moderation.errors import ModerationError
from openapi.errors import WIRE_CODES, GatewayError

CONTENT_TYPE = "application/json;charset=utf-8"


def json_response(body: dict[str, Any], status: int = 200) -> HttpResponse:
    """Return one JSON object."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    content = text.encode(errors="backslashreplace")  # half a character, as JSON writes it
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Content-Length": str(len(content)),
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, status=status, headers=headers)


def business_error(error: ModerationError, *, request_id: str) -> HttpResponse:
    """Return the answer of an action that could not do what it was asked: HTTP 200, Code, Msg."""
    code = WIRE_CODES[type(error)]
    return json_response({"Code": code, "Msg": str(error), "RequestId": request_id})


def gateway_error(error: GatewayError, *, request_id: str, host: str) -> HttpResponse:
    """Return the answer to a call that did not get as far as an action."""
    body = {
        "RequestId": request_id,
        "HostId": host,
        "Code": error.code,
        "Message": error.message,
        "Recommend": "",
    }
    return json_response(body, error.status)
