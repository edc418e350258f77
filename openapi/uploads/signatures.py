"""The three signatures of the object store; none of them covers the body."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import reduce
from urllib.parse import quote

from openapi.timestamps import MAX_DISTANCE
from openapi.uploads.errors import StoreError, access_denied
from openapi.uploads.requests import StoreRequest

ALGORITHM = "OSS4-HMAC-SHA256"
_V1 = re.compile(r"OSS (?P<key_id>[^\s:]+):(?P<signature>\S+)")
_V4 = re.compile(
    rf"{ALGORITHM} Credential=(?P<key_id>[^/,\s]+)/(?P<scope>\d{{8}}/[^/,\s]+/oss/"
    r"aliyun_v4_request)"
    r"(?:,\s*AdditionalHeaders=(?P<names>[^,\s]*))?,\s*Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)
_V4_CREDENTIAL = re.compile(
    r"(?P<key_id>[^/,\s]+)/(?P<scope>\d{8}/[^/,\s]+/oss/aliyun_v4_request)", re.ASCII
)
_V4_SIGNATURE = "x-oss-signature"
_SIGNED_PARAMETERS = frozenset(
    {
        "objectMeta",
        "security-token",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
    }
)
_V4_ALWAYS_SIGNED = frozenset({"content-type", "content-md5"})
_V4_DATE = "%Y%m%dT%H%M%SZ"
_EXPIRES = re.compile(r"\d{1,12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class StoreSignature:
    """A signature that was read but not verified yet.

    text: what has to be signed.
    date: when the request was signed; None for an address that may be used later.
    expires: until when such an address is good, in seconds since 1970.
    scope: day, region and more of a signature of version 4, else empty.
    """

    key_id: str
    token: str
    signature: str
    text: str
    date: datetime | None = None
    expires: int = 0
    scope: str = ""

    def check_time(self, now: datetime) -> None:
        """Raise StoreError if the request is not of now."""
        if self.date is None:
            if self.expires < now.timestamp():
                raise access_denied("The address has expired.")
        elif abs(now - self.date) > MAX_DISTANCE:
            message = "The request is dated more than 15 minutes off; set the clock that calls."
            raise StoreError(403, "RequestTimeTooSkewed", message)

    def verify(self, secret: str) -> None:
        """Raise StoreError unless the signature was made with the secret."""
        expected = sign_v4(self.text, self.scope, secret) if self.scope else sign(self.text, secret)
        if not hmac.compare_digest(expected.encode(), self.signature.encode()):
            message = f"The signature does not match. This server signed: {self.text}"
            raise StoreError(403, "SignatureDoesNotMatch", message)


def read_signature(request: StoreRequest) -> StoreSignature:
    """Read the signature of a request; raises StoreError if there is none that is known."""
    authorization = request.headers.get("authorization", "")
    if match := _V1.fullmatch(authorization):
        return _read_v1(request, match)
    if match := _V4.fullmatch(authorization):
        return _read_v4(request, match)
    if authorization:
        raise access_denied("The Authorization header is neither of version 1 nor of version 4.")
    return _read_address(request)


def sign(text: str, secret: str) -> str:
    """Return a signature of version 1."""
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha1")).decode()


def sign_v4(text: str, scope: str, secret: str) -> str:
    """Return a signature of version 4."""
    key = reduce(
        lambda key, part: hmac.digest(key, part.encode(), "sha256"),
        scope.split("/"),
        f"aliyun_v4{secret}".encode(),
    )
    return hmac.digest(key, text.encode(), "sha256").hex()


def text_of_v1(request: StoreRequest, date: str) -> str:
    """Return what a signature of version 1 covers; date may be when an address expires."""
    headers = request.headers
    store_headers = "".join(
        f"{name}:{headers[name].strip()}\n" for name in sorted(headers) if _is_of_store(name)
    )
    resource = f"/{request.bucket}/{request.key}{_signed_query(request)}"
    parts = (request.method, headers.get("content-md5", ""), headers.get("content-type", ""), date)
    return "\n".join((*parts, f"{store_headers}{resource}"))


def _signed_query(request: StoreRequest) -> str:
    signed = sorted(pair for pair in request.query if pair[0] in _SIGNED_PARAMETERS)
    text = "&".join(f"{name}={value}" if value else name for name, value in signed)
    return f"?{text}" if text else ""


def _read_v1(request: StoreRequest, match: re.Match[str]) -> StoreSignature:
    headers = request.headers
    date = headers.get("date") or headers.get("x-oss-date", "")
    token = headers.get("x-oss-security-token") or headers.get("security-token", "")
    return StoreSignature(
        key_id=match["key_id"],
        token=token,
        signature=match["signature"],
        text=text_of_v1(request, date),
        date=_read_date(date),
    )


def _read_date(text: str) -> datetime:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        raise access_denied("The Date header is missing or cannot be read.") from None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _read_v4(request: StoreRequest, match: re.Match[str]) -> StoreSignature:
    headers = request.headers
    date = headers.get("x-oss-date", "")
    return StoreSignature(
        key_id=match["key_id"],
        token=headers.get("x-oss-security-token", ""),
        signature=match["signature"],
        text=_text_of_v4(request, match["names"] or "", date, match["scope"]),
        date=_read_v4_date(date),
        scope=match["scope"],
    )


def _text_of_v4(request: StoreRequest, names: str, date: str, scope: str) -> str:
    canonical = _canonical_v4(request, names.split(";"))
    return "\n".join((ALGORITHM, date, scope, hashlib.sha256(canonical.encode()).hexdigest()))


def _read_v4_date(text: str) -> datetime:
    try:
        return datetime.strptime(text, _V4_DATE).replace(tzinfo=UTC)
    except ValueError:
        raise access_denied("x-oss-date is not of the form 20260131T080000Z.") from None


def _canonical_v4(request: StoreRequest, additional: Iterable[str]) -> str:
    names = sorted({name.strip().lower() for name in additional if name.strip()})
    headers = request.headers
    signed = sorted(
        name
        for name in headers
        if name in names or _is_of_store(name) or (name in _V4_ALWAYS_SIGNED and headers[name])
    )
    return "\n".join(
        (
            request.method,
            quote(f"/{request.bucket}/{request.key}", safe="/"),
            _canonical_query(request),
            "".join(f"{name}:{headers[name].strip()}\n" for name in signed),
            ";".join(names),
            headers.get("x-oss-content-sha256", "UNSIGNED-PAYLOAD"),
        )
    )


def _canonical_query(request: StoreRequest) -> str:
    pairs = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in request.query)
    return "&".join(f"{name}={value}" if value else name for name, value in pairs)


def _read_address(request: StoreRequest) -> StoreSignature:
    """Read a signature in the query."""
    values = dict(request.query)
    if "x-oss-credential" in values:
        return _read_v4_address(request, values)
    expires = values.get("Expires", "")
    if not values.get("OSSAccessKeyId") or not _EXPIRES.fullmatch(expires):
        raise access_denied("The request is not signed.")
    return StoreSignature(
        key_id=values["OSSAccessKeyId"],
        token=values.get("security-token", ""),
        signature=values.get("Signature", ""),
        text=text_of_v1(request, expires),
        expires=int(expires),
    )


def _read_v4_address(request: StoreRequest, values: Mapping[str, str]) -> StoreSignature:
    match = _V4_CREDENTIAL.fullmatch(values["x-oss-credential"])
    seconds = values.get("x-oss-expires", "")
    is_known = values.get("x-oss-signature-version") == ALGORITHM and _EXPIRES.fullmatch(seconds)
    if match is None or not is_known:
        raise access_denied("The signature in the address cannot be read.")
    date, names = values.get("x-oss-date", ""), values.get("x-oss-additional-headers", "")
    covered = replace(request, query=[pair for pair in request.query if pair[0] != _V4_SIGNATURE])
    return StoreSignature(
        key_id=match["key_id"],
        token=values.get("x-oss-security-token", ""),
        signature=values.get(_V4_SIGNATURE, ""),
        text=_text_of_v4(covered, names, date, match["scope"]),
        expires=int(_read_v4_date(date).timestamp()) + int(seconds),
        scope=match["scope"],
    )


def _is_of_store(name: str) -> bool:
    return name.startswith("x-oss-")
