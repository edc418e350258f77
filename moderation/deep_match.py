"""Finds parts of samples in a picture: crops, turned copies, screenshots, collages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import cv2
import faiss
import numpy as np

from moderation.local_features import DESCRIPTOR_BYTES, THUMBNAIL_SHARE, CloserLook, LocalFeatures

if TYPE_CHECKING:
    from numpy.typing import NDArray

VARIANTS: Final = ("part", "part, mirrored")

_MAX_DESCRIPTOR_BITS: Final = 60
_MAX_ALIGNED: Final = 8
_MIN_PAIRS: Final = 4
_MAX_ERROR_PX: Final = 6.0
_MIN_SCALE, _MAX_SCALE = 0.15, 6.0
_CELL_PX: Final = 20
_MIN_CELLS: Final = 5
_MIN_CORRELATION: Final = 0.6
_MIN_SHARED_AREA: Final = 0.08
_MIN_SHARED_PX: Final = 150
_MIN_COVER: Final = 200  # of 255: pixels at the rim are mixed with what lies outside
_MIN_DEVIATION: Final = 6.0


@dataclass(frozen=True, slots=True)
class Alignment:
    """A sample of which a part was found in the picture.

    sample: its number in the list that was looked at.
    cells: how many places of the pictures agree.
    correlation: of the shades of grey where one covers the other, up to 1.
    variant: one of VARIANTS.
    """

    sample: int
    cells: int
    correlation: float
    variant: str

    @property
    def similarity(self) -> float:
        """Return what that means, percent."""
        return 75 + min(24.0, 20 * self.correlation + self.cells)


def aligned(picture: CloserLook, samples: Sequence[LocalFeatures]) -> Iterator[Alignment]:
    """Yield the samples that share a part with the picture, whatever its place, size and angle.

    Corners that look alike have to lie in the same way to each other, in places that are spread
    over the picture, and the two pictures, laid over each other, have to look alike. Corners
    alone are not enough: they are found in 44 of 100 unrelated pictures.
    """
    if not samples:
        return
    descriptors = [sample.descriptors for sample in samples]
    owners = np.repeat(np.arange(len(samples)), [len(rows) for rows in descriptors])
    rows = np.concatenate(descriptors)
    for variant, view in zip(VARIANTS, picture.views, strict=True):
        pairs = _Pairs.between(view.descriptors, rows, owners)
        for number, of_picture, of_sample in pairs.by_sample():
            found = _align(view, samples[number], of_picture, of_sample)
            if found is not None:
                yield Alignment(number, *found, variant)


class _Pairs(NamedTuple):
    """Features of samples with the most similar feature of the picture."""

    samples: NDArray[np.int64]
    picture_features: NDArray[np.int64]
    sample_features: NDArray[np.int64]

    @classmethod
    def between(
        cls, picture: NDArray[np.uint8], rows: NDArray[np.uint8], owners: NDArray[np.int64]
    ) -> _Pairs:
        """Pair the features of all samples, one under the other, with those of a picture."""
        if not len(picture) or not len(rows):
            return cls(*np.empty((3, 0), np.int64))
        index = faiss.IndexBinaryFlat(DESCRIPTOR_BYTES * 8)
        index.add(picture)
        bits, nearest = index.search(rows, 1)
        near = np.flatnonzero(bits[:, 0] <= _MAX_DESCRIPTOR_BITS)
        starts = np.searchsorted(owners, owners[near])
        return cls(owners[near], nearest[near, 0], near - starts)

    def by_sample(self) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
        """Yield the pairs of each sample, of those with the most pairs."""
        counts = np.bincount(self.samples)
        for number in np.argsort(-counts, kind="stable")[:_MAX_ALIGNED].tolist():
            if counts[number] >= _MIN_PAIRS:
                mine = self.samples == number
                yield number, self.picture_features[mine], self.sample_features[mine]


def _align(
    picture: LocalFeatures,
    sample: LocalFeatures,
    of_picture: NDArray[np.int64],
    of_sample: NDArray[np.int64],
) -> tuple[int, float] | None:
    """Return in how many places both agree, and how much alike they look; None if too little."""
    here, there = picture.points[of_picture], sample.points[of_sample]
    placing, agreeing = cv2.estimateAffinePartial2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=_MAX_ERROR_PX
    )
    if placing is None or not _MIN_SCALE < np.hypot(placing[0, 0], placing[1, 0]) < _MAX_SCALE:
        return None
    agree = agreeing.ravel().astype(bool)
    cells = min(_cell_count(here[agree]), _cell_count(there[agree]))
    if cells < _MIN_CELLS:
        return None
    correlation = _correlation(np.asarray(placing, np.float64), picture.thumbnail, sample.thumbnail)
    return (cells, correlation) if correlation >= _MIN_CORRELATION else None


def _cell_count(points: NDArray[np.float32]) -> int:
    return len(np.unique(points.astype(np.int64) // _CELL_PX, axis=0))


def _correlation(
    placing: NDArray[np.float64], picture: NDArray[np.uint8], sample: NDArray[np.uint8]
) -> float:
    """Lay the picture over the sample; return how much the shades of grey there agree."""
    reduced = placing.copy()
    reduced[:, 2] *= THUMBNAIL_SHARE
    size = sample.shape[::-1]
    laid = cv2.warpAffine(picture, reduced, size)
    covered = cv2.warpAffine(np.full_like(picture, 255), reduced, size) > _MIN_COVER
    if covered.sum() < max(_MIN_SHARED_PX, _MIN_SHARED_AREA * covered.size):
        return 0.0
    first, second = (cv2.GaussianBlur(side, (3, 3), 0)[covered] for side in (laid, sample))
    if min(first.std(), second.std()) < _MIN_DEVIATION:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])
