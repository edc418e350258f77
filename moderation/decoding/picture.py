"""What a decoder gives back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """Pixels as stored, before they are turned upright.

    width, height: pixels of the original; working_width, working_height: of the pixels.
    orientation: as EXIF counts it, 1 (upright) to 8.
    pixels: RGB, a byte each, row by row.
    """

    width: int
    height: int
    working_width: int
    working_height: int
    orientation: int
    pixels: bytes | memoryview
