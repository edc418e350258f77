"""A request to the object store as it came over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import HttpRequest

from console.gateway import plain_host
from openapi.uploads.credentials import FOLDER
from openapi.uploads.errors import StoreError, invalid_argument
from openapi.wire import Pairs, read_headers

MAX_KEY_BYTES = 1023
_MAX_PARAMETERS = 100
_SIGNED_PARAMETERS = ("OSSAccessKeyId=", "x-oss-credential=")


@dataclass(frozen=True, slots=True)
class StoreRequest:
    """A request to the object store; nothing of it is believed yet.

    key: the name of the object, decoded; empty if the request is about the bucket.
    query: decoded, in the order received.
    headers: by name in lower case.
    """

    method: str
    bucket: str
    key: str
    query: Pairs
    headers: Mapping[str, str]


def is_store_request(request: HttpRequest) -> bool:
    """Say whether a request is for the object store: by its path, or by how it is signed."""
    path = request.path_info
    if path == "/":
        return False
    bucket = f"/{settings.UPLOAD_BUCKET}"
    if path.startswith(bucket) and path[len(bucket) :][:1] in ("", "/"):
        return True
    environ = request.META
    if environ.get("HTTP_AUTHORIZATION", "").startswith("OSS"):
        return True
    query = environ.get("QUERY_STRING", "")
    return any(name in query for name in _SIGNED_PARAMETERS)


def read_store_request(request: HttpRequest) -> StoreRequest:
    """Read a request; raises StoreError if it names what cannot be."""
    bucket, key = _bucket_and_key(request)
    check_name(key)
    return StoreRequest(
        method=request.method or "",
        bucket=bucket,
        key=key,
        query=_pairs(request.META.get("QUERY_STRING", "")),
        headers=read_headers(request),
    )


def check_name(key: str) -> None:
    """Raise StoreError unless an object may have this name."""
    if len(key.encode(errors="replace")) > MAX_KEY_BYTES or not key.isprintable():
        message = f"The object's name has over {MAX_KEY_BYTES} bytes, or what cannot be printed."
        raise StoreError(400, "InvalidObjectName", message)


def _bucket_and_key(request: HttpRequest) -> tuple[str, str]:
    """Read both from the path or, in the style of virtual hosts, the bucket from the host."""
    path = request.path_info[1:]
    if path.startswith(FOLDER):
        host = plain_host(request.META.get("HTTP_HOST", ""))
        return host.split(".", 1)[0].split(":", 1)[0].lower(), path
    bucket, _, key = path.partition("/")
    if bucket != settings.UPLOAD_BUCKET:
        raise StoreError(404, "NoSuchBucket", f"There is no bucket {bucket[:63]}.")
    return bucket, key


def _pairs(query: str) -> Pairs:
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
    except ValueError:
        raise invalid_argument(f"More than {_MAX_PARAMETERS} parameters.") from None
