"""Making pictures as small as the networks want them, quickly."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def resized(rgb: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Resize a picture, shape (h, w, 3), by averaging its pixels, or smoothly if it grows.

    Large pictures are halved first, as often as it goes: averaging 2 x 2 pixels is twenty times
    quicker than averaging by an odd factor, and the result hardly differs. An odd last row or
    column is left out on the way.
    """
    small = rgb
    while small.shape[0] >= 2 * height and small.shape[1] >= 2 * width:
        half_height, half_width = small.shape[0] // 2, small.shape[1] // 2
        even = small[: 2 * half_height, : 2 * half_width]
        small = _resize(even, half_width, half_height, cv2.INTER_AREA)
    if small.shape[:2] == (height, width):
        return small
    shrinks = small.shape[0] > height or small.shape[1] > width
    return _resize(small, width, height, cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def _resize(rgb: NDArray[np.uint8], width: int, height: int, how: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(rgb, (width, height), interpolation=how), np.uint8)
