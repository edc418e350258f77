"""Signatures of the kind ACS3-HMAC-SHA256, which all current clients make.

A signature covers the method, path, query, the signed headers and, by its hash, the body.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from openapi.errors import (
    incomplete_signature,
    missing_parameter,
    signature_does_not_match,
)
from openapi.parameters import merge_parameters
from openapi.timestamps import check_date
from openapi.wire import WireRequest

ALGORITHM = "ACS3-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    ALGORITHM + r" +Credential=(?P<key_id>[^,\s]+), *SignedHeaders=(?P<names>[^,\s]+),"
    r" *Signature=(?P<signature>[0-9a-f]{64}) *"
)
_ALWAYS_SIGNED = frozenset(
    {
        "host",
        "x-acs-action",
        "x-acs-version",
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-acs-content-sha256",
    }
)


@dataclass(frozen=True)
class Acs3Signature:
    """A signature that was read but not verified yet.

    signed_names: of the headers, in lower case, sorted.
    """

    request: WireRequest
    key_id: str
    signed_names: tuple[str, ...]
    signature: str

    @classmethod
    def read(cls, request: WireRequest) -> Acs3Signature:
        """Read the Authorization header.

        Raises GatewayError if it is malformed or leaves out a header that has to be signed.
        """
        match = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
        if match is None:
            raise incomplete_signature(
                "The Authorization header is not of the form"
                f" {ALGORITHM} Credential=…,SignedHeaders=…,Signature=…."
            )
        names = tuple(sorted(set(match["names"].lower().split(";"))))
        _check_names(request, names)
        return cls(request, match["key_id"], names, match["signature"])

    @property
    def action(self) -> str:
        """Return the name of the action, which is signed."""
        return self.request.headers["x-acs-action"]

    @property
    def version(self) -> str:
        """Return the version of the API, which is signed."""
        return self.request.headers["x-acs-version"]

    @property
    def nonce(self) -> str:
        """Return the caller's random text, which is signed."""
        return self.request.headers["x-acs-signature-nonce"]

    @property
    def security_token(self) -> str:
        """Return the token of temporary credentials, empty if there is none."""
        return self.request.headers.get("x-acs-security-token", "")

    @property
    def parameters(self) -> Mapping[str, str]:
        """Return the parameters of the action, all of them covered by the signature."""
        return merge_parameters(self.request)

    def verify(self, secret: str, now: datetime) -> None:
        """Raise GatewayError unless the date is close to now and the signature right."""
        check_date(self.request.headers["x-acs-date"], now)
        canonical = canonical_request(self.request, self.signed_names)
        body_hash = hashlib.sha256(self.request.body).hexdigest()
        hash_holds = hmac.compare_digest(
            body_hash.encode(), self.request.headers["x-acs-content-sha256"].encode()
        )
        signature_holds = hmac.compare_digest(sign(canonical, secret), self.signature)
        if not hash_holds:
            raise signature_does_not_match(f"{canonical} (the body's hash is {body_hash})")
        if not signature_holds:
            raise signature_does_not_match(canonical)


def canonical_request(request: WireRequest, signed_names: Iterable[str]) -> str:
    """Return the text whose hash is signed."""
    names = sorted(signed_names)
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names)
    return "\n".join(
        (
            request.method.upper(),
            request.path,
            canonical_query(request.query_pairs),
            headers,
            ";".join(names),
            request.headers["x-acs-content-sha256"],
        )
    )


def canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Return decoded parameters sorted by name and encoded as RFC 3986 says."""
    return "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(pairs)
    )


def sign(canonical: str, secret: str) -> str:
    """Return the signature of a canonical request as 64 hexadecimal digits."""
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.digest(secret.encode(), text.encode(), "sha256").hex()


def _check_names(request: WireRequest, names: tuple[str, ...]) -> None:
    """Raise GatewayError unless all that has to be signed is signed, and present."""
    needed = set(_ALWAYS_SIGNED)
    needed.update(name for name in request.headers if name.startswith("x-acs-"))
    if request.body and request.headers.get("content-type"):
        needed.add("content-type")
    if unsigned := needed.difference(names):
        raise incomplete_signature(f"Not signed: {', '.join(sorted(unsigned))}.")
    for name in names:
        if name not in request.headers:
            raise missing_parameter(name)
