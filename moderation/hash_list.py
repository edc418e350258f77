"""PDQ hashes of images by id, for finding those that are nearly the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import faiss
import numpy as np

from moderation.perceptual_hash import HASH_BYTES

if TYPE_CHECKING:
    from numpy.typing import NDArray


class HashList:
    """Hashes that can be searched at once, and more of which can be added at any time."""

    def __init__(self, rows: Iterable[tuple[int, bytes | memoryview]] = ()) -> None:
        ids, hashes = [], []
        for image_id, pdq in rows:
            ids.append(image_id)
            hashes.append(pdq)
        self._ids = ids
        self._index = faiss.IndexBinaryFlat(HASH_BYTES * 8)
        self._index.add(np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, HASH_BYTES))

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, image_id: int, pdq: NDArray[np.uint8]) -> None:
        """Add a hash; pdq: shape (32,)."""
        self._index.add(np.ascontiguousarray(pdq)[None, :])
        self._ids.append(image_id)

    def near(self, pdq: NDArray[np.uint8], limit_bits: int) -> list[tuple[int, int]]:
        """Return id and distance of the hashes at most so many bits away, nearest first."""
        if not self._ids:
            return []
        faiss.omp_set_num_threads(1)
        _, bits, places = self._index.range_search(pdq[None, :], limit_bits + 1)
        order = np.argsort(bits, kind="stable")
        return [(self._ids[places[number]], int(bits[number])) for number in order]
