"""Which format a file has, judged by its content; names and media types say nothing."""

from __future__ import annotations

import re

from moderation.errors import FormatNotSupported

ACCEPTED = "PNG, JPEG, BMP, WEBP, TIFF, SVG, HEIC/HEIF, AVIF, GIF or ICO"
_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"\0\0\x01\0", "ICO"),
    (b"BM", "BMP"),
)
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_PROLOG_BYTES = 65_536
# The groups are atomic: otherwise a file of many comments takes exponential time.
_SVG = re.compile(
    rb"(?>\s+|<\?(?>.*?\?>)|<!--(?>.*?-->)|<!DOCTYPE(?>[^\[>]*)(?>\[.*?\]\s*>|>))*+"
    rb"<(?:[\w.-]+:)?svg[\s/>]",
    re.DOTALL,
)


def format_of(content: bytes) -> str:
    """Return the format of a file, such as "JPEG"; HEIC is "HEIF".

    Raises FormatNotSupported.
    """
    if not content:
        raise FormatNotSupported("The file is empty; send a picture.")
    for magic, image_format in _MAGIC:
        if content.startswith(magic):
            return image_format
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp":
        return _format_of_brands(content)
    if _is_svg(content):
        return "SVG"
    raise FormatNotSupported(f"The file is not a picture; send {ACCEPTED}.")


def _format_of_brands(content: bytes) -> str:
    box_bytes = min(int.from_bytes(content[:4]), 1024)
    brands = {content[at : at + 4] for at in (8, *range(16, box_bytes, 4))}
    if brands & _AVIF_BRANDS:
        return "AVIF"
    if brands & _HEIF_BRANDS:
        return "HEIF"
    raise FormatNotSupported(f"The file is a video or another container; send {ACCEPTED}.")


def _is_svg(content: bytes) -> bool:
    prolog = content[:_PROLOG_BYTES]
    if prolog.startswith((b"\xff\xfe", b"\xfe\xff")):
        prolog = prolog.decode("utf-16", errors="replace").encode()
    return _SVG.match(prolog.removeprefix(b"\xef\xbb\xbf")) is not None
