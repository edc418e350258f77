"""Pictures as the pages show them: re-encoded, so that nothing of the sender's file is served."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from moderation.image import LoadedImage

THUMBNAIL_SIDE_PX = 128
PREVIEW_SIDE_PX = 960
_THUMBNAIL_QUALITY = 60
_PREVIEW_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Renditions:
    """A small WebP for lists and a larger JPEG on which evidence is drawn, encoded."""

    thumbnail: bytes
    preview: bytes


def render(image: LoadedImage) -> Renditions:
    """Shrink and re-encode a picture."""
    preview = _shrink(image.pixels, PREVIEW_SIDE_PX)[..., ::-1]  # OpenCV encodes BGR
    thumbnail = _shrink(preview, THUMBNAIL_SIDE_PX)
    return Renditions(
        thumbnail=_encode(".webp", thumbnail, cv2.IMWRITE_WEBP_QUALITY, _THUMBNAIL_QUALITY),
        preview=_encode(".jpg", preview, cv2.IMWRITE_JPEG_QUALITY, _PREVIEW_QUALITY),
    )


def _shrink(pixels: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    factor = min(1.0, side_px / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _encode(extension: str, pixels: NDArray[np.uint8], setting: int, quality: int) -> bytes:
    _, encoded = cv2.imencode(extension, pixels, [setting, quality])
    return encoded.tobytes()
