"""Downloads pictures."""

from __future__ import annotations

import http.client
import string
import zlib
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote, urljoin

from moderation.addresses import Network
from moderation.connecting import USER_AGENT, Deadline, Target, connected, escaped
from moderation.decoding.limits import DOCUMENTED_LIMITS, ImageLimits
from moderation.errors import DownloadFailed

TIMEOUT_S = 3.0
MAX_REDIRECTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}
_READ_BYTES = 65_536
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


class _Answer(NamedTuple):
    """What one request gave: the picture, or where to look for it instead."""

    content: bytes
    location: str = ""


@dataclass(frozen=True, slots=True)
class _Download:
    """What all requests of one download have in common."""

    referer: str
    allowed_networks: tuple[Network, ...]
    limits: ImageLimits
    deadline: Deadline

    def get(self, url: str) -> _Answer:
        """Ask for one URL, at an address that was checked."""
        target = Target.of(url)
        try:
            with connected(target, self.allowed_networks, self.deadline) as client:
                client.request("GET", target.path, headers=self._headers(target))
                with client.getresponse() as response:
                    return self._read(response)
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            if self.deadline.has_passed or isinstance(error, TimeoutError):
                raise self.deadline.error() from error
            raise DownloadFailed(
                f"The picture cannot be read from {target.host}; check the URL and its server."
            ) from error

    def _headers(self, target: Target) -> dict[str, str]:
        headers = {
            "Host": target.host_header,
            "User-Agent": USER_AGENT,
            "Accept": "image/*, */*;q=0.5",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        return headers | ({"Referer": escaped(self.referer)} if self.referer else {})

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
    download = _Download(referer, allowed_networks, limits, Deadline(timeout_s))
    for _ in range(1 + MAX_REDIRECTS):
        answer = download.get(url)
        if not answer.location:
            return answer.content
        url = _follow(url, answer.location)
    raise DownloadFailed(
        f"The URL is redirected more than {MAX_REDIRECTS} times; use the last one."
    )


def _follow(url: str, location: str) -> str:
    """Return where a redirect leads."""
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise DownloadFailed("The URL is redirected to one that is not valid; check it.") from error
