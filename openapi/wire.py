"""An API call as it came over the wire, before anything of it is believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl

from django.http import HttpRequest, UnreadablePostError

from console.gateway import HOST_AS_SENT, plain_host
from openapi.errors import GatewayError, invalid_parameter

FORM = "application/x-www-form-urlencoded"
MAX_BODY_BYTES = 25 * 2**20
_MAX_PARAMETERS = 1000
_METHODS_OF_THE_OVERVIEW = ("GET", "HEAD")

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class WireRequest:
    """An API call as it came over the wire.

    query: what follows the question mark, as received.
    headers: by name in lower case; host exactly as sent.
    body: after the transfer coding was removed.
    origin: scheme, host and port that the caller used.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    origin: str = ""

    @property
    def content_type(self) -> str:
        """Return the media type of the body in lower case, without its parameters."""
        return self.headers.get("content-type", "").split(";", 1)[0].strip().lower()

    @cached_property
    def query_pairs(self) -> Pairs:
        """Return the decoded parameters of the query, in the order received."""
        return _decode(self.query)

    @cached_property
    def form_pairs(self) -> Pairs:
        """Return the decoded parameters of a form body; none if the body is no form."""
        return _decode(self.body.decode("utf-8", "replace")) if self.content_type == FORM else []


def is_api_call(request: HttpRequest) -> bool:
    """Say whether a request is an API call and not one for a page.

    The page at the root, the overview, is only ever read: whatever is sent there is a call.
    """
    if request.path_info == "/" and request.method not in _METHODS_OF_THE_OVERVIEW:
        return True
    environ = request.META
    return "HTTP_X_ACS_ACTION" in environ or "Action" in _names(environ.get("QUERY_STRING", ""))


def read_request(request: HttpRequest) -> WireRequest:
    """Read an API call; raises GatewayError if its body is too large."""
    query = request.META.get("QUERY_STRING", "")
    return WireRequest(
        method=request.method or "",
        path=request.path_info,
        query=query.encode("latin-1", "replace").decode("utf-8", "replace"),
        headers=read_headers(request),
        body=_body(request),
        origin=f"{request.scheme}://{host_id(request)}",
    )


def host_id(request: HttpRequest) -> str:
    """Return the host and port that the caller used."""
    return plain_host(request.META.get("HTTP_HOST", ""))


def read_headers(request: HttpRequest) -> Mapping[str, str]:
    """Return the headers by name in lower case; host exactly as sent."""
    environ = request.META
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    headers["host"] = environ.get(HOST_AS_SENT, environ.get("HTTP_HOST", ""))
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    headers["content-length"] = environ.get("CONTENT_LENGTH", "")
    return headers


def _body(request: HttpRequest) -> bytes:
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
        raise GatewayError(
            413, "RequestBodyTooLarge", f"The body is larger than {MAX_BODY_BYTES} bytes."
        )
    try:
        return request.body
    except UnreadablePostError:
        raise GatewayError(400, "IncompleteBody", "The body ended too soon.") from None


def _names(query: str) -> set[str]:
    if "Action" not in query:  # nearly every request for a page
        return set()
    return {part.split("=", 1)[0] for part in query.split("&")}


def _decode(text: str) -> Pairs:
    if not text:
        return []
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
    except ValueError:
        raise invalid_parameter(f"More than {_MAX_PARAMETERS} parameters.") from None
