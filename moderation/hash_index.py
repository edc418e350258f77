"""Finds the hashes that differ in few bits from others; exact, by comparing with all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import faiss
import numpy as np

from moderation.perceptual_hash import HASH_BYTES

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Hits(NamedTuple):
    """Images near a picture: their rows, the distances, and which query hash came so near."""

    rows: NDArray[np.int64]
    distances: NDArray[Any]
    queries: NDArray[np.int64]

    def where(self, kept: NDArray[np.bool_]) -> Hits:
        """Return some of the hits."""
        return Hits(self.rows[kept], self.distances[kept], self.queries[kept])


class HashIndex:
    """Packed 256-bit hashes in rows, numbered from 0."""

    def __init__(self, *parts: NDArray[np.uint8]) -> None:
        self._index: Any = faiss.IndexBinaryFlat(HASH_BYTES * 8)
        for rows in parts:
            self._index.add(np.ascontiguousarray(rows))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def within(self, queries: NDArray[np.uint8], limit_bits: int) -> Hits:
        """Return every hash at most so many bits away from one of the queries."""
        queries = np.ascontiguousarray(queries)
        ends, bits, rows = self._index.range_search(queries, limit_bits + 1)
        if not len(rows):
            return Hits(rows, bits, rows)
        numbers = np.repeat(np.arange(len(queries)), np.diff(ends.astype(np.int64)))
        return Hits(rows, bits, numbers)

    def rows(self, start: int, count: int) -> NDArray[np.uint8]:
        """Return a copy of some of the hashes."""
        if not count:
            return np.empty((0, HASH_BYTES), np.uint8)
        content = faiss.rev_swig_ptr(self._index.xb.data(), len(self) * HASH_BYTES)
        rows: NDArray[np.uint8] = content.reshape(-1, HASH_BYTES)[start : start + count].copy()
        return rows
