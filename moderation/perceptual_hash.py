"""Perceptual hashes: PDQ in eight orientations, and the difference hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import imagehash
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

HASH_BYTES: Final = 32

ORIENTATIONS: Final = (
    "original",
    "mirrored",
    "flipped",
    "rotated 180",
    "transposed",
    "rotated right",
    "rotated left",
    "transversed",
)
"""How the picture is turned for each row of pdq_orientations(), quarter turns clockwise."""

_LUMA_SIDE_PX = 256  # twice the cost at 384, and 8 bits from the reference at most, not 14
_SQUARE_PX = 64
_DCT_SIDE = 16
_DHASH_SIDE = 16
_MIN_LUMA_DEVIATION = 6.0
_BORDER_TOLERANCE = 16
_MIN_KEPT_SHARE = 0.3  # of each side: the rest may be borders
_MAX_KEPT_SHARE = 0.97  # of the area: less than the rest is not worth cutting
_GRAPHIC_SAMPLES = 128
_GRAPHIC_MAX_COLOURS = 16
_GRAPHIC_PLAIN_SHARE = 0.35


def _dct_matrix() -> NDArray[np.float32]:
    frequencies = np.arange(1, _DCT_SIDE + 1)[:, None]
    positions = 2 * np.arange(_SQUARE_PX)[None, :] + 1
    cosines = np.cos(np.pi / (2 * _SQUARE_PX) * frequencies * positions)
    matrix: NDArray[np.float32] = (np.sqrt(2 / _SQUARE_PX) * cosines).astype(np.float32)
    return matrix


_DCT: Final = _dct_matrix()
_MIRROR_SIGNS: Final = np.where(np.arange(1, _DCT_SIDE + 1) % 2 == 1, -1, 1).astype(np.float32)


def luma(rgb: NDArray[np.uint8]) -> Image.Image:
    """Return the picture in shades of grey (ITU-R 601), reduced to what hashing needs."""
    grey = Image.fromarray(rgb).convert("L")
    factor = max(1, min(grey.size) // _LUMA_SIDE_PX)
    return grey.reduce(factor)


def luma_square(grey: Image.Image) -> NDArray[np.float32]:
    """Blur the picture and take the 64 x 64 values that PDQ looks at."""
    return _luma_squares(grey)[0, :, 0]


def _luma_squares(grey: Image.Image) -> NDArray[np.float32]:
    """Return the values of the picture and of its turned copies; shape (2, 64, 2, 64).

    As the reference does it, so that hashes of others are those of ours: two box filters, a
    128th of the side wide, then the value in the middle of each of 64 fields. The middle of a
    field of even width lies half a pixel off, to the other side in a turned copy: what is taken
    of that has the index 1, down and across, in the order of the picture itself.
    """
    values = np.asarray(grey, np.float32)
    down, across = (_Field(length) for length in values.shape)
    size, anchor = (across.window, down.window), (across.anchor, down.anchor)
    blurred = values
    for _ in range(2):
        blurred = np.asarray(
            cv2.blur(blurred, size, anchor=anchor, borderType=cv2.BORDER_REPLICATE), np.float32
        )
    rows, columns = down.middles[:, :, None, None], across.middles[None, None]
    squares: NDArray[np.float32] = blurred.reshape(values.shape)[rows, columns]
    return squares


class _Field:
    """How PDQ divides one side of a picture; middles of its own and of a turned copy's fields."""

    def __init__(self, length: int) -> None:
        self.window = (length + 2 * _SQUARE_PX - 1) // (2 * _SQUARE_PX)
        self.anchor = (self.window - 1) // 2
        own = ((np.arange(_SQUARE_PX) + 0.5) * length / _SQUARE_PX).astype(np.int64)
        aside = 2 * (1 - self.window % 2)  # a window of even width lies half a pixel aside, twice
        turned = (length - 1 - own - aside).clip(0)[::-1]
        self.middles = np.stack([own, turned])


def pdq_orientations(grey: Image.Image) -> NDArray[np.uint8]:
    """Hash a picture and its seven turned and mirrored copies; shape (8, 32).

    Rows are in the order of ORIENTATIONS, bits in the order in which PDQ hashes are exchanged. A
    turned copy has the same cosine transform up to signs and transposition, so that all eight
    cost little more than one.

    Source: "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm",
    Facebook, 2019.
    """
    squares = _luma_squares(grey)
    flipped = [_flipped(squares, down, across) for down in (0, 1) for across in (0, 1)]
    as_it_is, mirrored, upside_down, both = (block.T for block in flipped)
    blocks = (*flipped, as_it_is, upside_down, mirrored, both)
    return np.stack([_median_bits(block) for block in blocks])


def _flipped(squares: NDArray[np.float32], down: int, across: int) -> NDArray[np.float32]:
    """Return the cosine transform of the picture, turned upside down, mirrored, or both."""
    block = np.asarray(_DCT @ squares[down, :, across] @ _DCT.T, np.float32)
    if down:
        block = block * _MIRROR_SIGNS[:, None]
    return block * _MIRROR_SIGNS[None, :] if across else block


def _median_bits(block: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.packbits((block > np.median(block)).ravel()[::-1])


def pdq_quality(square: NDArray[np.float32]) -> int:
    """Return PDQ's own measure of detail, 0 to 100; 0 also if the picture is nearly plain."""
    if float(square.std()) < _MIN_LUMA_DEVIATION:
        return 0
    steps = [np.trunc(np.abs(np.diff(square, axis=axis)) * 100 / 255).sum() for axis in (0, 1)]
    return int(min(100, sum(steps) / 90))


def dhash(grey: Image.Image) -> NDArray[np.uint8]:
    """Return the packed 256-bit difference hash: whether each sample is lighter than its left."""
    bits: NDArray[np.bool_] = imagehash.dhash(grey, hash_size=_DHASH_SIDE).hash
    return np.packbits(bits.ravel())


def without_borders(grey: Image.Image) -> Image.Image | None:
    """Cut off plain borders, such as letterbox bars; None if there are none worth cutting."""
    values = np.asarray(grey).astype(np.int16)
    top, bottom = _content_range(values)
    left, right = _content_range(values[top:bottom].T)
    kept_height = (bottom - top) / values.shape[0]
    kept_width = (right - left) / values.shape[1]
    if min(kept_height, kept_width) < _MIN_KEPT_SHARE:
        return None
    if kept_height * kept_width > _MAX_KEPT_SHARE:
        return None
    return grey.crop((left, top, right, bottom))


def _content_range(values: NDArray[np.int16]) -> tuple[int, int]:
    """Return from which row to which row there is more than the colour of the first or last."""
    first, last = np.median(values[0]), np.median(values[-1])
    from_top = np.abs(values - first).max(axis=1) > _BORDER_TOLERANCE
    from_bottom = np.abs(values - last).max(axis=1) > _BORDER_TOLERANCE
    if not from_top.any() or not from_bottom.any():
        return 0, len(values)
    return int(from_top.argmax()), len(values) - int(from_bottom[::-1].argmax())


def is_graphic(rgb: NDArray[np.uint8]) -> bool:
    """Say whether the picture is drawn rather than photographed.

    Few colours, one colour over much of it, or little detail: many such pictures share a
    hash by chance, so that they need a closer match.
    """
    height, width = rgb.shape[:2]
    rows = np.linspace(0, height - 1, min(height, _GRAPHIC_SAMPLES)).astype(int)
    columns = np.linspace(0, width - 1, min(width, _GRAPHIC_SAMPLES)).astype(int)
    levels = rgb[np.ix_(rows, columns)].reshape(-1, 3).astype(np.uint32) >> 3
    codes = levels @ np.array([1 << 10, 1 << 5, 1], np.uint32)
    _, counts = np.unique(codes, return_counts=True)
    few_colours = len(counts) <= _GRAPHIC_MAX_COLOURS
    plain_area = counts.max() > _GRAPHIC_PLAIN_SHARE * len(codes)
    return bool(few_colours or plain_area)
