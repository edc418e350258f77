"""The object store: takes objects below a caller's prefix, and gives them back for a while."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.utils import timezone

from openapi.uploads import answers, credentials
from openapi.uploads.credentials import Credentials
from openapi.uploads.errors import StoreError, access_denied
from openapi.uploads.form_post import read_form
from openapi.uploads.models import Upload
from openapi.uploads.receiving import receive
from openapi.uploads.requests import StoreRequest, check_name, read_store_request
from openapi.uploads.signatures import read_signature
from openapi.wire import host_id

logger = logging.getLogger(__name__)

_PART_BYTES = 2**16
_UNEXPECTED = StoreError(500, "InternalError", "Something failed here; the log says what.")
_PARAMETERS = frozenset(
    {
        "OSSAccessKeyId",
        "Expires",
        "Signature",
        "security-token",
        "objectMeta",
        "x-oss-additional-headers",
        "x-oss-credential",
        "x-oss-date",
        "x-oss-expires",
        "x-oss-security-token",
        "x-oss-signature",
        "x-oss-signature-version",
    }
)
_READ_PARAMETERS = "response-"


def answer(request: HttpRequest) -> HttpResponseBase:
    """Answer a request to the object store."""
    is_head = request.method == "HEAD"
    try:
        return _answer(request, timezone.now())
    except StoreError as error:
        refusal = error
    except UnreadablePostError:
        refusal = StoreError(400, "IncompleteBody", "The body ended too soon.")
    except Exception:  # the edge: clients read nothing but XML
        logger.exception("a request to the object store failed")
        refusal = _UNEXPECTED
    return answers.error_response(refusal, host=host_id(request), is_head=is_head)


def _answer(request: HttpRequest, now: datetime) -> HttpResponseBase:
    store_request = read_store_request(request)
    if request.method == "POST":
        return _allowed_elsewhere(_post(request, store_request, now))
    if request.method == "OPTIONS":
        return _allowed_elsewhere(answers.identified(HttpResponse()))
    if request.method == "PUT":
        return _put(request, store_request, _authorise(store_request, now))
    if request.method in ("GET", "HEAD"):
        return _get(store_request, _authorise(store_request, now))
    raise StoreError(405, "MethodNotAllowed", "Objects can be put and got, nothing else.")


def _authorise(request: StoreRequest, now: datetime) -> Credentials:
    """Return the key behind a request; raises StoreError unless it may do just that."""
    signature = read_signature(request)
    found = credentials.read(signature.key_id, signature.token, now=now)
    signature.check_time(now)
    signature.verify(found.secret)
    for name, _ in request.query:
        if name not in _PARAMETERS and not name.startswith(_READ_PARAMETERS):
            raise access_denied("Objects can be put and got, nothing else.")
    _check_key(found, request.key)
    return found


def _check_key(found: Credentials, key: str) -> None:
    if not key or not key.startswith(found.prefix):
        raise access_denied(f"The name of the object has to begin with {found.prefix}.")


def _put(request: HttpRequest, store_request: StoreRequest, found: Credentials) -> HttpResponseBase:
    headers = store_request.headers
    upload = receive(
        _parts(request),
        account_id=found.account_id,
        bucket=store_request.bucket,
        object_name=store_request.key,
        content_type=headers.get("content-type", ""),
        length=int(request.META.get("CONTENT_LENGTH") or 0),
        md5_base64=headers.get("content-md5", ""),
    )
    response = HttpResponse(headers={"ETag": upload.etag, "Content-Length": "0"})
    return answers.identified(response)


def _parts(request: HttpRequest) -> Iterator[bytes]:
    while part := request.read(_PART_BYTES):
        yield part


def _get(store_request: StoreRequest, found: Credentials) -> HttpResponseBase:
    uploads = Upload.objects.kept().filter(account=found.account_id)
    upload = uploads.filter(object_name=store_request.key).first()
    try:
        if upload is not None:
            return answers.content_response(upload, is_head=store_request.method == "HEAD")
    except FileNotFoundError:  # deleted in this moment
        pass
    raise StoreError(404, "NoSuchKey", "There is no such object, or not any more.")


def _post(request: HttpRequest, store_request: StoreRequest, now: datetime) -> HttpResponseBase:
    with read_form(request, bucket=store_request.bucket, now=now) as form:
        check_name(form.key)
        _check_key(form.credentials, form.key)
        upload = receive(
            iter(lambda: form.file.read(_PART_BYTES), b""),
            account_id=form.credentials.account_id,
            bucket=store_request.bucket,
            object_name=form.key,
            content_type=form.content_type,
            length=form.size,
        )
    path = quote(f"/{upload.bucket}/{upload.object_name}")
    location = f"{request.scheme}://{host_id(request)}{path}"
    return answers.posted_response(upload, form.status, location)


def _allowed_elsewhere(response: HttpResponseBase) -> HttpResponseBase:
    """Let pages of other origins send forms here; what counts is in the form, not in cookies."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = "POST"
    response["Access-Control-Allow-Headers"] = "*"
    return response
