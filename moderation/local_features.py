"""Corners of a picture and what surrounds them, by which a part of it is found in another."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import cv2
import numpy as np

from moderation.lazy import once

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEATURES_VERSION: Final = 1
"""Raised whenever the same picture would get other features; stored ones are made anew."""

DESCRIPTOR_BYTES: Final = 32
SIDE_PX: Final = 320
THUMBNAIL_SHARE: Final = 0.3  # of SIDE_PX

_MIN_SIDE_PX: Final = 32
_SAMPLE_FEATURES: Final = 60
_SAMPLE_CELL_PX: Final = 10  # one feature each, so that all of the picture is covered
_STRONGEST_FEATURES: Final = 200
_CELLS_ACROSS: Final = 7
_FEATURES_PER_CELL: Final = 5  # beside the strongest, which may all be in one place
_POSITION_STEP_PX: Final = 1.25  # so that a position fits a byte
_THUMBNAIL_QUALITY: Final = 70

_HEADER: Final = struct.Struct("<BB")  # version, number of features


@dataclass(frozen=True, eq=False)
class LocalFeatures:
    """What is remembered of a picture so that parts of it are recognised.

    points: shape (n, 2), x and y of each feature in pixels of the picture at SIDE_PX.
    descriptors: shape (n, 32), packed 256-bit ORB descriptors.
    thumbnail_jpeg: the picture in shades of grey, THUMBNAIL_SHARE as large.
    """

    points: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    thumbnail_jpeg: bytes

    @once
    def thumbnail(self) -> NDArray[np.uint8]:
        """Return the pixels of the thumbnail."""
        content = np.frombuffer(self.thumbnail_jpeg, np.uint8)
        return np.asarray(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE), np.uint8)

    def to_bytes(self) -> bytes:
        """Return the features as from_bytes() reads them, 4 kB or so."""
        header = _HEADER.pack(FEATURES_VERSION, len(self.points))
        positions = np.rint(self.points / _POSITION_STEP_PX).clip(0, 255).astype(np.uint8)
        descriptors = self.descriptors.tobytes()
        return b"".join((header, positions.tobytes(), descriptors, self.thumbnail_jpeg))

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read what to_bytes() wrote.

        Raises ValueError if it is of another version or damaged.
        """
        version, count = _HEADER.unpack_from(content) if len(content) >= _HEADER.size else (0, 0)
        descriptors_start = _HEADER.size + count * 2
        thumbnail_start = descriptors_start + count * DESCRIPTOR_BYTES
        if version != FEATURES_VERSION or len(content) <= thumbnail_start:
            raise ValueError(f"not local features of version {FEATURES_VERSION}")
        positions = np.frombuffer(content[_HEADER.size : descriptors_start], np.uint8)
        descriptors = np.frombuffer(content[descriptors_start:thumbnail_start], np.uint8)
        return cls(
            points=positions.reshape(-1, 2).astype(np.float32) * np.float32(_POSITION_STEP_PX),
            descriptors=descriptors.reshape(-1, DESCRIPTOR_BYTES),
            thumbnail_jpeg=content[thumbnail_start:],
        )


def stored_version(content: bytes) -> int:
    """Return the version of stored features; 0 if there are none."""
    return content[0] if content else 0


def local_features(rgb: NDArray[np.uint8]) -> bytes:
    """Return the features of a sample in an image library, as they are stored."""
    grey = _reduced(rgb)
    return _described(grey, _spread(_corners(grey))).to_bytes()


class CloserLook:
    """The features of a picture that is looked for, upright and mirrored; found when needed."""

    def __init__(self, rgb: NDArray[np.uint8]) -> None:
        self._rgb = rgb

    @once
    def views(self) -> tuple[LocalFeatures, LocalFeatures]:
        """Return the features of the picture, and of its mirror image."""
        upright = _reduced(self._rgb)
        mirrored = np.ascontiguousarray(upright[:, ::-1])
        first, second = (
            _described(grey, _many(_corners(grey), grey)) for grey in (upright, mirrored)
        )
        return first, second


def _reduced(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture in shades of grey, its longer side SIDE_PX."""
    height, width = rgb.shape[:2]
    share = SIDE_PX / max(height, width)
    size = max(_MIN_SIDE_PX, round(width * share)), max(_MIN_SIDE_PX, round(height * share))
    how = cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), size, interpolation=how))


def _orb() -> cv2.ORB:
    orb: cv2.ORB = cv2.ORB.create(nfeatures=1500, edgeThreshold=15, fastThreshold=7)
    return orb


def _corners(grey: NDArray[np.uint8]) -> list[cv2.KeyPoint]:
    """Return where the picture has corners, the most distinct first."""
    return sorted(_orb().detect(grey, None), key=lambda corner: -corner.response)


def _spread(corners: Iterable[cv2.KeyPoint]) -> list[cv2.KeyPoint]:
    """Keep the most distinct corners, only one of those that are near each other."""
    chosen: dict[tuple[int, int], cv2.KeyPoint] = {}
    for corner in corners:
        cell = int(corner.pt[0]) // _SAMPLE_CELL_PX, int(corner.pt[1]) // _SAMPLE_CELL_PX
        if len(chosen) < _SAMPLE_FEATURES:
            chosen.setdefault(cell, corner)
    return list(chosen.values())


def _many(corners: list[cv2.KeyPoint], grey: NDArray[np.uint8]) -> list[cv2.KeyPoint]:
    """Keep the most distinct corners, and some of each part of the picture."""
    return [*corners[:_STRONGEST_FEATURES], *_some_of_each_part(corners, grey)]


def _some_of_each_part(
    corners: list[cv2.KeyPoint], grey: NDArray[np.uint8]
) -> Iterator[cv2.KeyPoint]:
    height, width = grey.shape
    counts: dict[tuple[int, int], int] = {}
    for corner in corners[_STRONGEST_FEATURES:]:
        x, y = corner.pt
        cell = int(x * _CELLS_ACROSS / width), int(y * _CELLS_ACROSS / height)
        counts[cell] = counts.get(cell, 0) + 1
        if counts[cell] <= _FEATURES_PER_CELL:
            yield corner


def _described(grey: NDArray[np.uint8], corners: list[cv2.KeyPoint]) -> LocalFeatures:
    kept, descriptors = _orb().compute(grey, corners) if corners else ((), None)
    found = descriptors is not None
    return LocalFeatures(
        points=np.array([corner.pt for corner in kept], np.float32).reshape(-1, 2),
        descriptors=np.asarray(descriptors) if found else np.empty((0, DESCRIPTOR_BYTES), np.uint8),
        thumbnail_jpeg=_thumbnail(grey),
    )


def _thumbnail(grey: NDArray[np.uint8]) -> bytes:
    size = tuple(max(8, round(side * THUMBNAIL_SHARE)) for side in grey.shape[::-1])
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    content = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _THUMBNAIL_QUALITY])[1]
    return np.asarray(content).tobytes()
