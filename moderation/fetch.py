"""Downloads pictures; the only place that opens a URL."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import string
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from moderation.addresses import Address, Network, check_permitted, resolve
from moderation.decoding.limits import DOCUMENTED_LIMITS, ImageLimits
from moderation.errors import DownloadFailed, DownloadTimedOut

TIMEOUT_S = 3.0
MAX_REDIRECTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}
_PORTS = {"http": 80, "https": 443}
_READ_BYTES = 65_536
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


class _Answer(NamedTuple):
    """What one request gave: the picture, or where to look for it instead."""

    content: bytes
    location: str = ""


class _Deadline:
    """One clock for a whole download; at its end it cuts the connection that is open."""

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
class _Download:
    """What all requests of one download have in common."""

    referer: str
    allowed_networks: tuple[Network, ...]
    limits: ImageLimits
    deadline: _Deadline

    def get(self, url: str) -> _Answer:
        """Ask for one URL, at an address that was checked."""
        parts, host, port = _parse(url)
        addresses = resolve(host, self.deadline.remaining_s())
        check_permitted(addresses, self.allowed_networks)
        try:
            with self._connect(addresses, port) as connection, self.deadline.cutting(connection):
                return self._ask(connection, parts, host, port)
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            if self.deadline.has_passed or isinstance(error, TimeoutError):
                raise self.deadline.error() from error
            raise DownloadFailed(
                f"The picture cannot be read from {host}; check the URL and its server."
            ) from error

    def _connect(self, addresses: list[Address], port: int) -> socket.socket:
        for number, address in enumerate(addresses, 1):
            share_s = self.deadline.remaining_s() / (len(addresses) - number + 1)
            try:
                return socket.create_connection((str(address), port), timeout=share_s)
            except OSError:
                if number == len(addresses):
                    raise
        raise DownloadFailed("The host has no address; check the URL.")

    def _ask(self, connection: socket.socket, parts: SplitResult, host: str, port: int) -> _Answer:
        connection.settimeout(self.deadline.remaining_s())
        if parts.scheme == "https":
            connection = _tls_context().wrap_socket(
                connection, server_hostname=host.removesuffix(".")
            )
        with contextlib.closing(http.client.HTTPConnection(host, port)) as client:
            client.sock = connection  # so that it does not look the host up again
            target = _quote(parts.path or "/") + (f"?{_quote(parts.query)}" if parts.query else "")
            client.request("GET", target, headers=self._headers(parts, host))
            with client.getresponse() as response:
                return self._read(response)

    def _headers(self, parts: SplitResult, host: str) -> dict[str, str]:
        name = f"[{host}]" if ":" in host else host
        headers = {
            "Host": f"{name}:{parts.port}" if parts.port else name,
            "User-Agent": "Assay",
            "Accept": "image/*, */*;q=0.5",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        return headers | ({"Referer": _quote(self.referer)} if self.referer else {})

    def _read(self, response: http.client.HTTPResponse) -> _Answer:
        location = response.headers["Location"]
        if response.status in _REDIRECTS and location:
            return _Answer(b"", quote(location.encode("latin-1"), safe=string.punctuation))
        if response.status != http.client.OK:
            raise DownloadFailed(
                f"The server answered {response.status} instead of 200; check the URL."
            )
        content = self._read_body(response)
        encoding = (response.headers["Content-Encoding"] or "identity").strip().lower()
        return _Answer(self._decompress(content, encoding))

    def _read_body(self, response: http.client.HTTPResponse) -> bytes:
        self.limits.check_bytes(response.length or 0)
        content = bytearray()
        while block := response.read(_READ_BYTES):
            content += block
            self.limits.check_bytes(len(content))
        if self.deadline.has_passed:  # a connection that was cut looks like the end
            raise self.deadline.error()
        if response.length:
            raise DownloadFailed("The server ended the download too early; try again.")
        return bytes(content)

    def _decompress(self, content: bytes, encoding: str) -> bytes:
        """Undo a compression that was not asked for, up to the largest size of a picture."""
        if encoding == "identity":
            return content
        if encoding not in {"gzip", "x-gzip", "deflate"}:
            raise DownloadFailed(f"The server compressed the answer ({encoding}); switch that off.")
        original = zlib.decompressobj(_GZIP_OR_ZLIB).decompress(content, self.limits.max_bytes + 1)
        self.limits.check_bytes(len(original))
        return original


def fetch_image(
    url: str,
    *,
    referer: str = "",
    allowed_networks: tuple[Network, ...] = (),
    limits: ImageLimits = DOCUMENTED_LIMITS,
    timeout_s: float = TIMEOUT_S,
) -> bytes:
    """Download a picture as it is; at most three redirects are followed.

    referer: sent as the Referer header if it is not empty.
    allowed_networks: networks that are not public and allowed on purpose.
    timeout_s: wall clock for everything together, from the host name to the last byte.

    Raises DownloadFailed, DownloadTimedOut or ImageTooLarge.
    """
    download = _Download(referer, allowed_networks, limits, _Deadline(timeout_s))
    for _ in range(1 + MAX_REDIRECTS):
        answer = download.get(url)
        if not answer.location:
            return answer.content
        url = _follow(url, answer.location)
    raise DownloadFailed(
        f"The URL is redirected more than {MAX_REDIRECTS} times; use the last one."
    )


def _parse(url: str) -> tuple[SplitResult, str, int]:
    """Split a URL into its parts, host and port; raise DownloadFailed if it is not acceptable."""
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
    return parts, host, port


def _follow(url: str, location: str) -> str:
    """Return where a redirect leads."""
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise DownloadFailed("The URL is redirected to one that is not valid; check it.") from error


def _quote(text: str) -> str:
    """Escape what may not stand in a request: spaces, control and non-ASCII characters."""
    return quote(text, safe=string.punctuation)


@cache
def _tls_context() -> ssl.SSLContext:
    return ssl.create_default_context()  # reading the certificates takes 20 ms and more


def _shut_down(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may have ended by itself
        connection.shutdown(socket.SHUT_RDWR)
