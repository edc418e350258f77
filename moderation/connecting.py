"""Connecting to addresses that were checked; the only place that opens callers' URLs."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import string
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, quote, urlsplit

from moderation.addresses import Address, Network, check_permitted, resolve
from moderation.errors import DownloadFailed, DownloadTimedOut

_PORTS = {"http": 80, "https": 443}
USER_AGENT = "Assay"


class Deadline:
    """One clock for a whole request; at its end it cuts the connection that is open."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._seconds = seconds

    @property
    def has_passed(self) -> bool:
        return time.monotonic() >= self._ends

    def error(self) -> DownloadTimedOut:
        return DownloadTimedOut(
            f"The download did not end within {self._seconds:g} seconds; use a faster server, "
            "or upload the picture."
        )

    def remaining_s(self) -> float:
        """Return the seconds that are left; raise DownloadTimedOut if none are."""
        if self.has_passed:
            raise self.error()
        return max(self._ends - time.monotonic(), 0.001)

    @contextlib.contextmanager
    def cutting(self, connection: socket.socket) -> Iterator[None]:
        """Shut the connection down when time is up, however slowly the other side drips."""
        handle = connection.dup()  # TLS takes the socket object over, not the connection
        timer = threading.Timer(self.remaining_s(), _shut_down, [handle])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            handle.close()


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: a URL that was taken apart.

    host: as it is looked up, without the brackets of an IPv6 address.
    """

    parts: SplitResult
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Target:
        """Take a URL apart; raise DownloadFailed if it is not acceptable."""
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme, 0)
            host = (parts.hostname or "").encode("idna").decode()
        except ValueError as error:
            raise DownloadFailed("The URL is not valid; check it.") from error
        if parts.scheme not in _PORTS or not host:
            raise DownloadFailed("The URL must begin with http:// or https:// and a host.")
        if "@" in parts.netloc:
            raise DownloadFailed("The URL must not hold a user name or password.")
        return cls(parts, host, port)

    @property
    def path(self) -> str:
        """Return what is asked for: the path and the query."""
        query = f"?{escaped(self.parts.query)}" if self.parts.query else ""
        return escaped(self.parts.path or "/") + query

    @property
    def host_header(self) -> str:
        """Return the host, with the port if the URL names one."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"{name}:{self.parts.port}" if self.parts.port else name


@contextlib.contextmanager
def connected(
    target: Target, allowed_networks: tuple[Network, ...], deadline: Deadline
) -> Iterator[http.client.HTTPConnection]:
    """Connect to an address that was checked, until the deadline cuts the connection.

    allowed_networks: networks that are not public and allowed on purpose.

    Raises DownloadFailed, DownloadTimedOut, or what sockets raise.
    """
    addresses = resolve(target.host, deadline.remaining_s())
    check_permitted(addresses, allowed_networks)
    with _connect(addresses, target.port, deadline) as connection, deadline.cutting(connection):
        connection.settimeout(deadline.remaining_s())
        with contextlib.closing(http.client.HTTPConnection(target.host, target.port)) as client:
            client.sock = _secured(connection, target)  # so that it looks the host up no more
            yield client


def _secured(connection: socket.socket, target: Target) -> socket.socket:
    if target.parts.scheme == "http":
        return connection
    name = target.host.removesuffix(".")
    return tls_context().wrap_socket(connection, server_hostname=name)


def _connect(addresses: list[Address], port: int, deadline: Deadline) -> socket.socket:
    for number, address in enumerate(addresses, 1):
        share_s = deadline.remaining_s() / (len(addresses) - number + 1)
        try:
            return socket.create_connection((str(address), port), timeout=share_s)
        except OSError:
            if number == len(addresses):
                raise
    raise DownloadFailed("The host has no address; check the URL.")


def escaped(text: str) -> str:
    """Escape what may not stand in a request: spaces, control and non-ASCII characters."""
    return quote(text, safe=string.punctuation)


@cache
def tls_context() -> ssl.SSLContext:
    """Return what certificates are checked by."""
    return ssl.create_default_context()  # reading the certificates takes 20 ms and more


def _shut_down(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may have ended by itself
        connection.shutdown(socket.SHUT_RDWR)
