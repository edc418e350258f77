"""What the object store answers; errors are XML."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import TypeVar
from xml.sax.saxutils import escape

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date

from openapi.uploads.errors import StoreError
from openapi.uploads.models import Upload

_XML = "application/xml"
_SHOWN_TYPES = frozenset(
    f"image/{kind}" for kind in ("png", "jpeg", "gif", "webp", "bmp", "avif", "tiff")
)
_OTHER_TYPE = "application/octet-stream"

Response = TypeVar("Response", bound=HttpResponseBase)


def new_store_request_id() -> str:
    """Return 24 hexadecimal digits."""
    return secrets.token_hex(12).upper()


def error_response(error: StoreError, *, host: str, is_head: bool) -> HttpResponse:
    """Return an error; a HEAD request gets none of its text."""
    request_id = new_store_request_id()
    response = _xml(
        "Error", error.status, Code=error.code, Message=error.message, RequestId=request_id,
        HostId=host,
    )  # fmt: skip
    if is_head:
        response.content = b""
    return identified(response, request_id)


def posted_response(upload: Upload, status: int, location: str) -> HttpResponse:
    """Return what a browser gets for a form, with the status that the form asked for."""
    if status == HTTPStatus.CREATED:
        response = _xml(
            "PostResponse", status, Bucket=upload.bucket, Location=location,
            Key=upload.object_name, ETag=upload.md5,
        )  # fmt: skip
    else:
        response = HttpResponse(status=status)
    response["ETag"] = upload.etag
    return identified(response)


def content_response(upload: Upload, *, is_head: bool) -> HttpResponseBase:
    """Send the content, so that a browser can show it at most; raises FileNotFoundError."""
    shown = upload.content_type.partition(";")[0].strip().lower()
    response: HttpResponseBase = HttpResponse() if is_head else FileResponse(upload.file.open("rb"))
    response["Content-Type"] = shown if shown in _SHOWN_TYPES else _OTHER_TYPE
    response["Content-Length"] = str(upload.size_bytes)
    response["Content-Disposition"] = "inline" if shown in _SHOWN_TYPES else "attachment"
    response["ETag"] = upload.etag
    response["Last-Modified"] = http_date(upload.uploaded_at.timestamp())
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return identified(response)


def identified(response: Response, request_id: str = "") -> Response:
    """Give an answer the headers that all of the object store's have."""
    response["x-oss-request-id"] = request_id or new_store_request_id()
    response["Server"] = "Assay"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _xml(root: str, status: int, **fields: str) -> HttpResponse:
    parts = "".join(f"<{name}>{escape(_printable(text))}</{name}>" for name, text in fields.items())
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>{parts}</{root}>'
    return HttpResponse(text, status=status, content_type=_XML)


def _printable(text: str) -> str:
    """Replace what cannot be in XML, such as control characters and halves of characters."""
    return "".join(
        one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in text
    )
