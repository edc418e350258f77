"""From encoded bytes to pixels, the same way for library images and for queries."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps

from moderation.detection import Box
from moderation.errors import FormatNotSupported, ImageTooLarge

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORKING_SIDE_PX = 2048
"""Full-HD pictures and most screenshots stay as they are, so that small text stays readable
and nothing is resized on the common path; every network but the text reader takes at most 640.
"""


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """The largest picture that is taken; the defaults are the documented limits."""

    max_bytes: int = 20 * 1024 * 1024
    max_side_px: int = 30_000
    max_pixels: int = 250_000_000


@dataclass(frozen=True, slots=True, eq=False)
class LoadedImage:
    """A decoded picture, upright, without transparency.

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
        """Return how many original pixels one working pixel stands for, 1 or more."""
        return max(self.width, self.height) / max(self.pixels.shape[:2])

    def to_original(self, x: float, y: float, w: float, h: float) -> Box:
        """Turn a rectangle in working pixels into one in original pixels, cut at the edges."""
        left, right = (_clip(value * self.scale, self.width) for value in (x, x + w))
        top, bottom = (_clip(value * self.scale, self.height) for value in (y, y + h))
        return Box(left, top, right - left, bottom - top)


def _clip(value: float, upper: int) -> int:
    return min(max(round(value), 0), upper)


def load_image(content: bytes, limits: ImageLimits) -> LoadedImage:
    """Decode one picture under the limits.

    Raises ImageTooLarge or FormatNotSupported.
    """
    if len(content) > limits.max_bytes:
        raise ImageTooLarge(
            f"The picture is larger than {limits.max_bytes >> 20} MB; make it smaller."
        )
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as image:
            if max(image.size) > limits.max_side_px:
                raise ImageTooLarge(
                    f"The picture is {image.width} x {image.height} pixels; the longest side "
                    f"may be at most {limits.max_side_px}."
                )
            image_format = image.format or ""
            width, height = image.size
            image.draft("RGB", (WORKING_SIDE_PX, WORKING_SIDE_PX))
            turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
            upright = ImageOps.exif_transpose(image).convert("RGB")
            if turned:
                width, height = height, width
    except (OSError, SyntaxError, ValueError) as error:
        raise FormatNotSupported("The picture cannot be decoded; save it anew.") from error
    upright.thumbnail((WORKING_SIDE_PX, WORKING_SIDE_PX))
    return LoadedImage(
        image_format,
        width,
        height,
        np.asarray(upright),
        len(content),
        hashlib.sha256(content).hexdigest(),
    )
