"""What lies between the web server and Django: makes requests fit for Django, changes no answer.

Clients of the API write their endpoint as "host:port", "http://host:port" or "host:port/" and
send just that as the Host header. Django refuses the latter two, so HTTP_HOST is rewritten; the
header as sent stays in the environ under HOST_AS_SENT, because clients sign it.

Django reads as many bytes as CONTENT_LENGTH says and so takes chunked bodies for empty; they
are read here. No body over MAX_BODY_BYTES passes, so that nobody fills memory or disk with one.

When a client goes away, Granian ends the body as if it were whole. A body of a known length is
checked here, since half a form would be taken for a form with half a file. That of a chunked body
cannot be told: calls are safe by their signatures, and an upload stays as far as it came until
it is sent again.

What Granian refuses by itself never gets here, and its answers have no body, so no HTML either:
414 for a request line over 65,534 bytes, 431 for more than 100 headers or 408 kB of them, 400
for what is no HTTP.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable
from io import BufferedReader, RawIOBase
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from _typeshed.wsgi import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

HOST_AS_SENT = "assay.host"
MAX_BODY_BYTES = 25 * 2**20
_READ_BYTES = 2**16
_KEPT_IN_MEMORY_BYTES = 2**20
_CLOSE = ("Connection", "close")
_OBJECT_TOO_LARGE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>EntityTooLarge</Code>'
    f"<Message>The body is larger than {MAX_BODY_BYTES} bytes.</Message></Error>"
)
_SCHEME = re.compile(r"^https?://", re.IGNORECASE)


def normalised(app: WSGIApplication) -> WSGIApplication:
    """Wrap a WSGI application so that it gets a plain Host header and counted bodies."""

    def gateway(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "")
        environ[HOST_AS_SENT] = host
        environ["HTTP_HOST"] = plain_host(host)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > MAX_BODY_BYTES:
            return _too_large(environ, start_response)
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            return _with_counted_body(app, environ, start_response)
        if length:
            body = _WholeBody(environ["wsgi.input"], length)
            environ["wsgi.input"] = BufferedReader(body, _READ_BYTES)
        return app(environ, start_response)

    return gateway


def plain_host(host: str) -> str:
    """Return "host:port" of a Host header that may have a scheme, a path or a slash."""
    return _SCHEME.sub("", host).split("/", 1)[0]


class _WholeBody(RawIOBase):
    """A body of a known length; reading it raises ConnectionResetError where it ends too soon."""

    def __init__(self, stream: InputStream, length: int) -> None:
        self._stream = stream
        self._missing = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read what fits into the buffer; return how many bytes it were."""
        view = memoryview(buffer)
        part = self._stream.read(min(len(view), self._missing))
        if self._missing and not part:
            raise ConnectionResetError("The body ended too soon.")
        view[: len(part)] = part
        self._missing -= len(part)
        return len(part)


def _with_counted_body(
    app: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Hand on a chunked body; a large one waits on the disk, for however long it may take."""
    with SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY_BYTES) as body:
        length = _copy(environ["wsgi.input"], body)
        if length > MAX_BODY_BYTES:
            return _too_large(environ, start_response)
        body.seek(0)
        environ["wsgi.input"] = body
        environ["CONTENT_LENGTH"] = str(length)
        return app(environ, start_response)  # which reads it before it returns


def _copy(stream: InputStream, body: IO[bytes]) -> int:
    """Copy to the end, or until the limit is passed; return how many bytes it were."""
    missing = MAX_BODY_BYTES + 1
    while missing > 0 and (part := stream.read(min(_READ_BYTES, missing))):
        body.write(part)
        missing -= len(part)
    return MAX_BODY_BYTES + 1 - missing


def _too_large(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer in the shape of the API or of its object store: only programs send so much."""
    if environ.get("REQUEST_METHOD") == "PUT" or _is_file_form(environ):
        start_response("400 Bad Request", [("Content-Type", "application/xml"), _CLOSE])
        return [_OBJECT_TOO_LARGE.encode()]
    answer = {
        "RequestId": str(uuid.uuid4()).upper(),
        "HostId": environ["HTTP_HOST"],
        "Code": "RequestBodyTooLarge",
        "Message": f"The body is larger than {MAX_BODY_BYTES} bytes.",
        "Recommend": "",
    }
    start_response(
        "413 Content Too Large",
        [("Content-Type", "application/json;charset=utf-8"), _CLOSE],
    )
    return [json.dumps(answer).encode()]


def _is_file_form(environ: WSGIEnvironment) -> bool:
    return bool(environ.get("CONTENT_TYPE", "").lower().startswith("multipart/form-data"))
