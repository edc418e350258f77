"""Uploads of browsers: a form with the file as its last field; its policy says what may be sent."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from tempfile import TemporaryFile
from typing import IO, Any, NoReturn

from django.core.exceptions import SuspiciousOperation, TooManyFilesSent
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from openapi.uploads import credentials
from openapi.uploads.credentials import Credentials
from openapi.uploads.errors import StoreError, access_denied, invalid_argument, too_large
from openapi.uploads.receiving import MAX_UPLOAD_BYTES
from openapi.uploads.signatures import sign

_EXPIRATION = "%Y-%m-%dT%H:%M:%S.%fZ"
_FILE = "file"


def make_policy(prefix: str, expires: datetime) -> str:
    """Return a policy as Base64: objects below a prefix, of at most the usual size."""
    policy = {
        "expiration": f"{expires.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z",
        "conditions": [
            ["content-length-range", 0, MAX_UPLOAD_BYTES],
            ["starts-with", "$key", prefix],
        ],
    }
    return base64.b64encode(json.dumps(policy).encode()).decode()


class _OneFile(FileUploadHandler):
    """Takes one file into a temporary one on the disk; what follows it in the form is ignored."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.received = TemporaryFile()  # noqa: SIM115 - closed by read_form()
        self.size = 0
        self.is_complete = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a part; raises StoreError if there are too many."""
        if start + len(raw_data) > MAX_UPLOAD_BYTES:
            raise too_large(MAX_UPLOAD_BYTES)
        self.received.write(raw_data)

    def file_complete(self, file_size: int) -> NoReturn:
        """End with the file, and with the form."""
        self.received.seek(0)
        self.size, self.is_complete = file_size, True
        raise StopUpload(connection_reset=False)


@dataclass(frozen=True, slots=True)
class FormUpload:
    """A form whose policy holds."""

    credentials: Credentials
    key: str
    content_type: str
    status: int
    file: IO[bytes]
    size: int


@contextmanager
def read_form(request: HttpRequest, *, bucket: str, now: datetime) -> Iterator[FormUpload]:
    """Read a form; raises StoreError unless its policy is signed and every condition holds."""
    handler = _OneFile(request)
    with handler.received:
        request.upload_handlers = [handler]
        yield _checked(_fields(request), handler, bucket, now)


def _fields(request: HttpRequest) -> dict[str, str]:
    try:
        return {name.lower(): str(value) for name, value in request.POST.items()}
    except (MultiPartParserError, SuspiciousOperation, TooManyFilesSent):
        raise invalid_argument("The form cannot be read.") from None


def _checked(
    fields: Mapping[str, str], handler: _OneFile, bucket: str, now: datetime
) -> FormUpload:
    if not handler.is_complete or handler.field_name != _FILE:
        raise invalid_argument("The form has no field named file.")
    key = fields.get("key", "").replace("${filename}", handler.file_name or "")
    found = _credentials_of(fields, now)
    values = {**fields, "key": key, "bucket": bucket}
    _check_policy(fields["policy"], values, handler.size, now)
    return FormUpload(
        credentials=found,
        key=key,
        content_type=fields.get("content-type", handler.content_type or ""),
        status=_status_of(fields.get("success_action_status", "")),
        file=handler.received,
        size=handler.size,
    )


def _status_of(text: str) -> int:
    return int(text) if text in ("200", "201") else 204


def _credentials_of(fields: Mapping[str, str], now: datetime) -> Credentials:
    for name in ("ossaccesskeyid", "policy", "signature", "x-oss-security-token"):
        if not fields.get(name):
            raise access_denied(f"The form has no field {name}.")
    found = credentials.read(fields["ossaccesskeyid"], fields["x-oss-security-token"], now=now)
    expected = sign(fields["policy"], found.secret)
    if not hmac.compare_digest(expected.encode(), fields["signature"].encode()):
        message = "The signature is not that of the policy."
        raise StoreError(403, "SignatureDoesNotMatch", message)
    return found


def _check_policy(policy: str, values: Mapping[str, str], size: int, now: datetime) -> None:
    document = _read_policy(policy)
    conditions = document.get("conditions")
    if not isinstance(conditions, list) or not conditions:
        raise _invalid_policy("it has no conditions")
    if _expiration_of(document) < now:
        raise access_denied("The policy has expired; call GetUploadInfo again.")
    for condition in conditions:
        if not _holds(condition, values, size):
            raise access_denied(f"The form does not meet {json.dumps(condition)[:200]}.")


def _read_policy(policy: str) -> dict[str, Any]:
    document: Any = None
    with suppress(ValueError, RecursionError):
        document = json.loads(base64.b64decode(policy, validate=True))
    if not isinstance(document, dict):
        raise _invalid_policy("it is not a JSON object in Base64")
    return document


def _expiration_of(document: Mapping[str, Any]) -> datetime:
    try:
        return datetime.strptime(str(document.get("expiration")), _EXPIRATION).replace(tzinfo=UTC)
    except ValueError:
        raise _invalid_policy("its expiration cannot be read") from None


def _holds(condition: Any, values: Mapping[str, str], size: int) -> bool:
    """Say whether a condition holds; one that is not understood does not."""
    match condition:
        case ["content-length-range", int(low), int(high)]:
            return low <= size <= high
        case ["eq", str(name), str(value)]:
            return values.get(name.lstrip("$").lower()) == value
        case ["starts-with", str(name), str(value)]:
            return values.get(name.lstrip("$").lower(), "").startswith(value)
        case dict() if condition:
            return all(values.get(str(name).lower()) == value for name, value in condition.items())
    return False


def _invalid_policy(reason: str) -> StoreError:
    return StoreError(400, "InvalidPolicyDocument", f"The policy cannot be used: {reason}.")
