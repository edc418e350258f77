"""How large a picture may be, and the size at which it is worked on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from moderation.errors import FormatNotSupported, ImageTooLarge

WORKING_SIDE_PX = 2048
"""Longest side of the decoded picture. Full-HD pictures and most screenshots stay as they
are, so that small text stays readable and the common path resizes nothing; the networks
other than the text reader take 640 pixels or less.
"""
SMALLEST_REDUCED_SIDE_PX = 1536
HEIF_MAX_SIDE_PX = 8_192


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """The largest picture that is taken; the defaults are the documented limits."""

    max_bytes: int = 20 * 1024 * 1024
    max_side_px: int = 30_000
    max_pixels: int = 250_000_000

    def check_bytes(self, size_bytes: int) -> None:
        """Raise ImageTooLarge if a file of this size is not taken."""
        if size_bytes > self.max_bytes:
            raise ImageTooLarge(
                f"The file is larger than {self.max_bytes / (1 << 20):g} MB; "
                "make the picture smaller or compress it more."
            )

    def check_size(self, width: int, height: int, image_format: str) -> None:
        """Raise ImageTooLarge if a picture of this format may not have so many pixels."""
        max_side_px = self.max_side_px
        if image_format == "HEIF":
            max_side_px = min(max_side_px, HEIF_MAX_SIDE_PX)
        if width < 1 or height < 1:
            raise FormatNotSupported("The picture has no pixels; save it anew.")
        if max(width, height) > max_side_px:
            raise ImageTooLarge(
                f"The picture is {width} x {height} pixels, and the longest side of a picture "
                f"of this kind may have {max_side_px}; make it smaller."
            )
        if width * height > self.max_pixels:
            raise ImageTooLarge(
                f"The picture has {width * height:,} pixels, and {self.max_pixels:,} are "
                "allowed; make it smaller."
            )


DOCUMENTED_LIMITS = ImageLimits()


def working_size(width: int, height: int) -> tuple[int, int]:
    """Return the size at which a picture of this size is worked on; it is never enlarged.

    A power of two is preferred, since JPEG decoders reduce by it at no cost: 4032 pixels
    become 2016. If that leaves too little, the longest side becomes WORKING_SIDE_PX.
    """
    longest = max(width, height)
    halvings = max(0, math.ceil(math.log2(longest / WORKING_SIDE_PX)))
    if longest >> halvings >= SMALLEST_REDUCED_SIDE_PX or not halvings:
        return -(-width >> halvings), -(-height >> halvings)
    scale = WORKING_SIDE_PX / longest
    return max(1, round(width * scale)), max(1, round(height * scale))
