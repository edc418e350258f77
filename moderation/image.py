"""From encoded bytes to pixels, the same way for library images and for queries."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moderation.decoding.formats import format_of
from moderation.decoding.limits import WORKING_SIDE_PX, ImageLimits
from moderation.decoding.ordinary import decode_ordinary
from moderation.decoding.process import DecoderPool
from moderation.detection import Box
from moderation.errors import FormatNotSupported

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moderation.decoding.picture import DecodedPicture

__all__ = ["WORKING_SIDE_PX", "ImageLimits", "LoadedImage", "load_image"]

SIDEWAYS = range(5, 9)  # EXIF orientations of which height and width are exchanged
_decoders = DecoderPool()
# What Pillow raises at damaged files; whatever else a decoder does stays in its own process.
_DAMAGED = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError,
    struct.error, zlib.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class LoadedImage:
    """A decoded picture, upright, what was transparent white.

    format: of the content, such as "JPEG"; width and height: pixels of the upright original.
    pixels: shape (height, width, 3), RGB, longest side at most WORKING_SIDE_PX.
    sha256: of the encoded bytes, in hex.
    """

    format: str
    width: int
    height: int
    pixels: NDArray[np.uint8]
    size_bytes: int
    sha256: str

    @property
    def scale(self) -> float:
        """Return original pixels for each working pixel; below 1 only for small drawings (SVG)."""
        longest: int = max(self.pixels.shape[:2])
        return max(self.width, self.height) / longest

    def to_original(self, x: float, y: float, w: float, h: float) -> Box:
        """Turn a rectangle in working pixels into one in original pixels, cut at the edges."""
        height, width = self.pixels.shape[:2]
        left, right = (_clip(value * self.width / width, self.width) for value in (x, x + w))
        top, bottom = (_clip(value * self.height / height, self.height) for value in (y, y + h))
        return Box(left, top, right - left, bottom - top)


def load_image(content: bytes, limits: ImageLimits) -> LoadedImage:
    """Decode one picture under the limits, turned upright, at its working size.

    Raises ImageTooLarge or FormatNotSupported.
    """
    limits.check_bytes(len(content))
    image_format = format_of(content)
    try:
        picture = decode_ordinary(content, image_format, limits)
    except _DAMAGED as error:
        raise FormatNotSupported(
            f"The {image_format} file is damaged and cannot be decoded; save the picture anew."
        ) from error
    if picture is None:
        picture = _decoders.decode(content, image_format, limits)
    width, height = picture.width, picture.height
    if picture.orientation in SIDEWAYS:
        width, height = height, width
    sha256 = hashlib.sha256(content).hexdigest()
    return LoadedImage(image_format, width, height, _upright(picture), len(content), sha256)


def _upright(picture: DecodedPicture) -> NDArray[np.uint8]:
    """Turn and mirror the pixels as the EXIF orientation asks."""
    pixels = np.frombuffer(picture.pixels, np.uint8)
    pixels = pixels.reshape(picture.working_height, picture.working_width, 3)
    if picture.orientation in (3, 4, 6, 7):
        pixels = pixels[::-1]
    if picture.orientation in (2, 3, 7, 8):
        pixels = pixels[:, ::-1]
    if picture.orientation in SIDEWAYS:
        pixels = pixels.transpose(1, 0, 2)
    return np.require(pixels, requirements=["C", "W"])


def _clip(value: float, upper: int) -> int:
    return min(max(round(value), 0), upper)
