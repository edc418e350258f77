"""Pictures as the pages show them: re-encoded, so that nothing of the sender's file is served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moderation.image import LoadedImage

THUMBNAIL_SIDE_PX = 128
PREVIEW_SIDE_PX = 960
SAMPLE_THUMBNAIL_SIDE_PX = 192
SAMPLE_PREVIEW_SIDE_PX = 512
MAX_THUMBNAIL_BYTES = 6_000
_THUMBNAIL_QUALITIES = (60, 45, 30, 15, 1)
_PREVIEW_QUALITY = 80
_SAMPLE_PREVIEW_QUALITY = 90


@dataclass(frozen=True, slots=True)
class Renditions:
    """A small WebP for lists and a larger JPEG on which evidence is drawn, encoded."""

    thumbnail: bytes
    preview: bytes


def render(image: LoadedImage) -> Renditions:
    """Shrink and re-encode a picture that was moderated."""
    preview = _bgr(_shrink(image.pixels, PREVIEW_SIDE_PX))
    return Renditions(
        thumbnail=_thumbnail(_shrink(preview, THUMBNAIL_SIDE_PX)),
        preview=_encode(".jpg", preview, cv2.IMWRITE_JPEG_QUALITY, _PREVIEW_QUALITY),
    )


def render_sample(image: LoadedImage) -> Renditions:
    """Shrink and re-encode a library image; fingerprints can be made anew from its preview."""
    preview = _bgr(_shrink(image.pixels, SAMPLE_PREVIEW_SIDE_PX))
    return Renditions(
        thumbnail=_thumbnail(_shrink(preview, SAMPLE_THUMBNAIL_SIDE_PX)),
        preview=_encode(".jpg", preview, cv2.IMWRITE_JPEG_QUALITY, _SAMPLE_PREVIEW_QUALITY),
    )


def _bgr(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the pixels in the order in which OpenCV encodes them; only small ones are copied."""
    return pixels[..., ::-1]


def _shrink(pixels: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """Reduce a picture to a longer side; it is halved first, the cheapest step by far."""
    factor = min(1.0, side_px / max(pixels.shape[:2]))
    height, width = (max(1, round(side * factor)) for side in pixels.shape[:2])
    while pixels.shape[0] >= 2 * height and pixels.shape[1] >= 2 * width:
        pixels = _halved(pixels)
    is_small_step = pixels.shape[0] < 2 * height and pixels.shape[1] < 2 * width
    method = cv2.INTER_LINEAR if is_small_step else cv2.INTER_AREA
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=method), np.uint8)


def _halved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = (side // 2 for side in pixels.shape[:2])
    squares = pixels[: 2 * height, : 2 * width]
    half = cv2.resize(squares, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(half, np.uint8)


def _thumbnail(pixels: NDArray[np.uint8]) -> bytes:
    """Encode in the best quality that stays below MAX_THUMBNAIL_BYTES; mostly the first does."""
    content = b""
    for quality in _THUMBNAIL_QUALITIES:
        content = _encode(".webp", pixels, cv2.IMWRITE_WEBP_QUALITY, quality)
        if len(content) <= MAX_THUMBNAIL_BYTES:
            break
    return content


def _encode(extension: str, pixels: NDArray[np.uint8], setting: int, quality: int) -> bytes:
    _, encoded = cv2.imencode(extension, pixels, [setting, quality])
    return encoded.tobytes()
