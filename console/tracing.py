"""For which request something is done, so that the audit log can say it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Trace:
    """A request: its id, and the address that it came from; neither is known in a worker."""

    request_id: str = ""
    ip_address: str | None = None


_NOTHING = Trace()
_current: ContextVar[Trace] = ContextVar("trace", default=_NOTHING)


def current_trace() -> Trace:
    """Return the request that is being answered."""
    return _current.get()


@contextmanager
def traced(request_id: str, ip_address: str | None) -> Iterator[None]:
    """Answer a request; without an address of its own it has that of the request around it."""
    token = _current.set(Trace(request_id, ip_address or current_trace().ip_address))
    try:
        yield
    finally:
        _current.reset(token)


def client_address(request: HttpRequest) -> str | None:
    """Return where a request came from, as far as our own proxies say; None if nobody knows.

    Each trusted proxy has added the address that it saw to X-Forwarded-For; what stands before
    those was sent by whoever asked, and is not believed.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        seen = request.headers.get("X-Forwarded-For", "").split(",")[-settings.TRUSTED_PROXIES :]
        address = seen[0].strip() or address
    try:
        return str(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:  # a socket has none
        return None
