"""How alike two pictures are: distances of their fingerprints, and the similarity they mean."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from moderation.perceptual_hash import HASH_BYTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Scale = tuple[tuple[float, float], ...]

# Distance and similarity in percent; straight lines between. At 80 percent there was one false
# alarm for 20,000 queries of a library of 58,000 photographs (PDQ in eight orientations or dHash).
_PDQ_SCALE: Final[_Scale] = (
    (0, 100), (10, 99), (31, 95), (48, 88), (64, 80), (72, 70), (80, 50), (96, 20), (128, 0),
)  # fmt: skip
_DHASH_SCALE: Final[_Scale] = ((0, 100), (20, 95), (40, 80), (48, 70), (64, 40), (128, 0))

# 1 - cosine. Two different pictures of a thousand came to a cosine of .745 at most; from .80
# all re-encoded, cropped and mirrored copies matched.
_EMBEDDING_SCALE: Final[_Scale] = (
    (0.0, 100), (0.03, 97), (0.10, 90), (0.20, 80), (0.255, 65), (0.40, 30), (1.0, 0),
)  # fmt: skip

# Drawn pictures such as logos share hashes by chance, and two pages of text have a cosine of
# .97: for them only a close PDQ hash counts.
PDQ_LIMIT_BITS: Final = 64
PDQ_GRAPHIC_LIMIT_BITS: Final = 31
DHASH_LIMIT_BITS: Final = 40
EMBEDDING_LIMIT: Final = 0.20

# Copies that were only encoded anew or halved: 94 to 100 percent of them lie within both limits.
# Of a thousand different photographs no two came nearer than 88 bits.
DUPLICATE_PDQ_BITS: Final = 10
DUPLICATE_DHASH_BITS: Final = 16
DUPLICATE_GRAPHIC_PDQ_BITS: Final = 4


def hamming_distances(query: NDArray[np.uint8], references: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count the bits in which one image hash differs from each of many.

    query: shape (32,), one packed 256-bit PDQ hash.
    references: shape (n, 32), one hash a row; n may be 0.

    Returns shape (n,), in bits, 0 (same hash) to 256. Unrelated images lie near 128;
    up to 31 is a confident match.
    Raises ValueError if either array is not made of 32-byte hashes.

    Source: "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm",
    Facebook, 2019.
    """
    if query.shape != (HASH_BYTES,) or references.shape[1:] != (HASH_BYTES,):
        raise ValueError(f"not {HASH_BYTES}-byte hashes: {query.shape}, {references.shape}")
    distances: NDArray[np.int64] = np.bitwise_count(query ^ references).sum(axis=1, dtype=np.int64)
    return distances


def pdq_similarity(distance_bits: float) -> float:
    """Return what a distance of two PDQ hashes means, percent."""
    return _interpolate(_PDQ_SCALE, distance_bits)


def dhash_similarity(distance_bits: float) -> float:
    """Return what a distance of two 256-bit difference hashes means, percent."""
    return _interpolate(_DHASH_SCALE, distance_bits)


def embedding_similarity(distance: float) -> float:
    """Return what 1 - cosine of two embeddings means, percent."""
    return _interpolate(_EMBEDDING_SCALE, distance)


SIMILARITIES: Final[dict[str, Callable[[float], float]]] = {
    "pdq": pdq_similarity,
    "dhash": dhash_similarity,
    "embedding": embedding_similarity,
}
"""What the distance of each vote means."""


def _interpolate(scale: _Scale, distance: float) -> float:
    if distance <= scale[0][0]:
        return scale[0][1]
    if distance >= scale[-1][0]:
        return scale[-1][1]
    upper = bisect_right(scale, distance, key=lambda point: point[0])
    (left, left_percent), (right, right_percent) = scale[upper - 1], scale[upper]
    share = (distance - left) / (right - left)
    return left_percent + share * (right_percent - left_percent)
