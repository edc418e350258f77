"""The actions of both versions by name, and what all answers of 2022-09-26 have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils import translation

from libraries.errors import KeywordsFull, LibraryError, LibraryFull, TooManyLibraries
from libraries.errors import TextTooLong as LibraryTextTooLong
from moderation.errors import ModerationError
from openapi.authentication import ApiCall
from openapi.errors import WIRE_CODES, GatewayError
from results.errors import FeedbackError, SearchError, TooManyLabels
from rules.errors import RulesError
from rules.errors import TextTooLong as ServiceTextTooLong

Handler = Callable[[ApiCall], dict[str, Any]]
_LANGUAGE = "en"  # of messages, whatever the page before in this thread was in
_OK, _INVALID, _TOO_LONG = 200, 401, 402
_TOO_MUCH = (
    TooManyLibraries,
    KeywordsFull,
    LibraryFull,
    LibraryTextTooLong,
    ServiceTextTooLong,
    TooManyLabels,
)
_REFUSALS = (
    ModerationError,
    RulesError,
    LibraryError,
    SearchError,
    FeedbackError,
    ObjectDoesNotExist,
)

MODERATION_VERSION, CONSOLE_VERSION = "2022-03-02", "2022-09-26"
ACTIONS: dict[str, dict[str, Handler]] = {MODERATION_VERSION: {}, CONSOLE_VERSION: {}}


class Envelope(Enum):
    """Which fields an answer has beside its own and RequestId."""

    BARE = frozenset[str]()
    CODE = frozenset({"Code", "Msg", "Success"})
    STATUS = frozenset({"Code", "Msg", "Success", "HttpStatusCode"})


def moderation_action(name: str) -> Callable[[Handler], Handler]:
    """Let a function answer the action of 2022-03-02 of that name, with the whole answer."""

    def register(handler: Handler) -> Handler:
        ACTIONS[MODERATION_VERSION][name] = handler
        return handler

    return register


def action(name: str, envelope: Envelope) -> Callable[[Handler], Handler]:
    """Let a function answer the action of 2022-09-26 of that name, with what is its own."""

    def register(handler: Handler) -> Handler:
        @wraps(handler)
        def answer(call: ApiCall) -> dict[str, Any]:
            with translation.override(_LANGUAGE):
                try:
                    own = handler(call)
                except _REFUSALS as error:
                    return _refusal(error, envelope) | {"RequestId": call.request_id}
            return _fields(envelope, _OK, "OK") | own | {"RequestId": call.request_id}

        ACTIONS[CONSOLE_VERSION][name] = answer
        return answer

    return register


def _fields(envelope: Envelope, code: int, message: str) -> dict[str, Any]:
    fields = {"Code": code, "Msg": message, "Success": code == _OK, "HttpStatusCode": code}
    return {name: value for name, value in fields.items() if name in envelope.value}


def _refusal(error: Exception, envelope: Envelope) -> dict[str, Any]:
    """Return the answer to a call that could not do what it was asked.

    Raises GatewayError if the action has no field for a code.
    """
    code, message = _code_of(error), str(error)
    if isinstance(error, ObjectDoesNotExist):
        message = "It was deleted in the meantime."
    if envelope is Envelope.BARE:
        raise GatewayError(*_GATEWAY_ERRORS.get(code, _GATEWAY_ERRORS[_INVALID]), message)
    return _fields(envelope, code, message)


def _code_of(error: Exception) -> int:
    if isinstance(error, ModerationError):
        return WIRE_CODES[type(error)]
    return _TOO_LONG if isinstance(error, _TOO_MUCH) else _INVALID


_GATEWAY_ERRORS: Mapping[int, tuple[int, str]] = {
    400: (HTTPStatus.BAD_REQUEST, "MissingParameter"),
    _INVALID: (HTTPStatus.BAD_REQUEST, "InvalidParameter"),
    403: (HTTPStatus.TOO_MANY_REQUESTS, "Throttling.User"),
    404: (HTTPStatus.NOT_FOUND, "NotFound"),
    500: (HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError"),
}
