"""Reads the header of a WEBP file, so that nothing is decoded to know the size."""

from __future__ import annotations

from typing import NamedTuple

from moderation.errors import FormatNotSupported

_HEADER = slice(20, 30)
_ANIMATED = 0x02
_14_BITS = 0x3FFF


class WebpHeader(NamedTuple):
    """The size in pixels, and whether there are several frames."""

    width: int
    height: int
    is_animated: bool = False


def header_of(content: bytes) -> WebpHeader:
    """Read the header; raise FormatNotSupported if it is none."""
    chunk, header = content[12:16], content[_HEADER]
    if len(header) == _HEADER.stop - _HEADER.start:
        if chunk == b"VP8 ":
            return WebpHeader(_number(header[6:8]) & _14_BITS, _number(header[8:10]) & _14_BITS)
        if chunk == b"VP8L":
            bits = _number(header[1:5])
            return WebpHeader((bits & _14_BITS) + 1, (bits >> 14 & _14_BITS) + 1)
        if chunk == b"VP8X":
            is_animated = bool(header[0] & _ANIMATED)
            return WebpHeader(_number(header[4:7]) + 1, _number(header[7:10]) + 1, is_animated)
    raise FormatNotSupported("The WEBP file is damaged; save the picture anew.")


def _number(field: bytes) -> int:
    return int.from_bytes(field, "little")
