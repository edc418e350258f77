"""The way of an API call, apart from the pages: no session, no CSRF check, no HTML."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from console.middleware import new_request_id
from console.tracing import client_address, traced
from moderation.errors import ModerationError
from openapi.authentication import authenticate
from openapi.dispatch import find_handler
from openapi.errors import GatewayError
from openapi.responses import business_error, gateway_error, json_response
from openapi.uploads import service as uploads
from openapi.uploads.requests import is_store_request
from openapi.wire import WireRequest, host_id, is_api_call, read_request

logger = logging.getLogger(__name__)

_METHODS = ("GET", "POST")
_UNEXPECTED = GatewayError(
    500, "InternalError", "Something failed here; the log says what under this RequestId."
)


class ApiMiddleware:
    """Answer API calls and uploads; hand everything else on to the pages.

    The outermost middleware, so that an API call passes no other.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_store_request(request):
            return uploads.answer(request)
        if not is_api_call(request):
            return self.get_response(request)
        address = client_address(request)
        return _answered(lambda: read_request(request), host=host_id(request), address=address)


def answer_signed(request: WireRequest) -> HttpResponse:
    """Answer a call that did not come over the wire, as if it had."""
    return _answered(lambda: request, host=request.headers["host"])


def _answered(
    read: Callable[[], WireRequest], *, host: str, address: str | None = None
) -> HttpResponse:
    request_id = new_request_id()
    try:
        with traced(request_id, address):
            return _answer(read(), request_id)
    except GatewayError as error:
        return gateway_error(error, request_id=request_id, host=host)
    except ModerationError as error:
        return business_error(error, request_id=request_id)
    except Exception:  # the edge: clients cannot read anything but the API's own shape
        logger.exception("API call %s failed", request_id)
        return gateway_error(_UNEXPECTED, request_id=request_id, host=host)


def _answer(request: WireRequest, request_id: str) -> HttpResponse:
    _check_route(request)
    call = authenticate(request, request_id=request_id, now=timezone.now())
    handler = find_handler(version=call.version, action=call.action)
    answer = handler(call)
    logger.info("answered %s %s with %s", call.action, request_id, answer.get("Code", 200))
    return json_response(answer)


def _check_route(request: WireRequest) -> None:
    if request.path != "/":
        message = "The API is at the root: write the endpoint as host:port, without a path."
        raise GatewayError(404, "InvalidAction.NotFound", message)
    if request.method not in _METHODS:
        message = f"The API takes GET and POST, not {request.method}."
        raise GatewayError(405, "UnsupportedHTTPMethod", message)
