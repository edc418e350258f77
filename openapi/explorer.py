"""Calling the API from the console: signed here, answered by the same dispatcher as any call."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from cryptography.fernet import InvalidToken
from django.utils import timezone

from console.models import AccessKey, Member
from console.services import record
from openapi.dispatch import ACTIONS
from openapi.middleware import answer_signed
from openapi.signature import ALGORITHM, canonical_request, sign
from openapi.timestamps import FORMAT
from openapi.wire import FORM, WireRequest

FIRST_ACTION = "2022-03-02/ImageModeration"
_SUCCESSES = (200, 280)  # the second: accepted, and not finished yet
_URL = "https://example.com/photo.jpg"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call as it would go over the wire, and the answer to it."""

    request_text: str
    status: int
    answer_text: str
    duration_ms: float

    @property
    def is_success(self) -> bool:
        """Say whether the call was answered with success."""
        code = json.loads(self.answer_text).get("Code", 200)
        return self.status == HTTPStatus.OK and code in _SUCCESSES


def actions() -> list[str]:
    """Return all actions as version/name."""
    return [f"{version}/{name}" for version, names in ACTIONS.items() for name in sorted(names)]


def first_parameters(action: str, service: str) -> str:
    """Return parameters to begin with, as JSON."""
    name = action.partition("/")[2]
    picture: dict[str, Any] = {"Service": service, "ServiceParameters": {"imageUrl": _URL}}
    known: dict[str, dict[str, Any]] = {
        "ImageModeration": picture,
        "ImageAsyncModeration": picture,
        "ImageBatchModeration": picture,
        "DescribeImageModerationResult": {"ReqId": ""},
        "DescribeImageResultExt": {"ReqId": "", "InfoType": "customImage,textInImage"},
    }
    return json.dumps(known.get(name, {}), indent=2)


def explore(
    *,
    access_key: AccessKey,
    author: Member,
    action: str,
    parameters: Mapping[str, Any],
    origin: str,
) -> Exchange:
    """Sign a call with the key's secret, which stays here, and have it answered.

    It is a call like any other: it counts, and it changes what it is meant to change.

    origin: scheme, host and port by which the console was called.
    """
    record(
        actor=author,
        action="api.explore",
        subject=access_key.key_id,
        details={"action": action},
    )
    request = _signed(access_key, action, parameters, origin)
    started = time.perf_counter()
    response = answer_signed(request)
    duration_ms = round((time.perf_counter() - started) * 1000, 1)
    answer = json.dumps(json.loads(response.content), indent=2, ensure_ascii=False)
    return Exchange(_as_text(request), response.status_code, answer, duration_ms)


def _signed(
    access_key: AccessKey, action: str, parameters: Mapping[str, Any], origin: str
) -> WireRequest:
    version, _, action_name = action.partition("/")
    texts = {name: _text(value) for name, value in parameters.items()}
    body = urlencode(texts, errors="replace").encode()
    headers = {
        "content-type": FORM,
        "host": origin.partition("://")[2],
        "x-acs-action": action_name,
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        "x-acs-date": timezone.now().strftime(FORMAT),
        "x-acs-signature-nonce": secrets.token_hex(16),
        "x-acs-version": version,
    }
    unsigned = WireRequest("POST", "/", "", headers, body, origin)
    signature = sign(canonical_request(unsigned, headers), _secret_of(access_key))
    headers["authorization"] = (
        f"{ALGORITHM} Credential={access_key.key_id},SignedHeaders={';'.join(sorted(headers))},"
        f"Signature={signature}"
    )
    return replace(unsigned, headers=headers)


def _secret_of(access_key: AccessKey) -> str:
    try:
        return access_key.secret
    except InvalidToken:
        return ""  # the answer says why it cannot be read


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _as_text(request: WireRequest) -> str:
    """Return the request as it goes over the wire; the signature holds for it once only."""
    headers = "".join(f"{name}: {value}\n" for name, value in request.headers.items())
    return f"{request.method} {request.path} HTTP/1.1\n{headers}\n{request.body.decode()}"
