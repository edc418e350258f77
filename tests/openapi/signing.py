"""Signatures for tests, made without a client library."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from openapi.signature import ALGORITHM, canonical_request, sign
from openapi.wire import WireRequest

HOST = "testserver"
PLAIN_SECRET = "a secret of no importance"


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
