"""Finds the embeddings that lie close to one; exact, with most of them on disk."""

from __future__ import annotations

import math
import os
import tempfile
import weakref
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import faiss
import numpy as np

from moderation.fingerprint import EMBEDDING_SIZE

if TYPE_CHECKING:
    from numpy.typing import NDArray

CODE_BITS: Final = 512
MAX_IN_MEMORY: Final = 512
CHUNK_ROWS: Final = 1024

_ROW_BYTES: Final = EMBEDDING_SIZE * 2
_SEED: Final = 20190924
_SAFETY_DEVIATIONS: Final = 4.5  # of the binomial distribution: misses 3 pairs of a million
_MAX_CANDIDATES: Final = 512


class EmbeddingIndex(Protocol):
    """Embeddings in rows, numbered from 0."""

    def __len__(self) -> int: ...

    def candidates(self, query: NDArray[np.float32], min_cosine: float) -> NDArray[np.int64]:
        """Return the rows that may reach the cosine, the likeliest first."""

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the embeddings of these rows, shape (n, 1280)."""


def embedding_index(
    chunks: Iterator[NDArray[np.float32]], directory: Path | None
) -> EmbeddingIndex:
    """Index embeddings that come in chunks of rows; few stay in memory, many go to a file.

    directory: where the file is made, which has no name; None for the system's place.
    """
    first: list[NDArray[np.float32]] = []
    for chunk in chunks:
        first.append(chunk)
        if sum(map(len, first)) > MAX_IN_MEMORY:
            return _CodedEmbeddings(_chain(first, chunks), directory)
    return _ExactEmbeddings(np.concatenate(first) if first else _no_rows())


def _chain(
    first: list[NDArray[np.float32]], rest: Iterator[NDArray[np.float32]]
) -> Iterator[NDArray[np.float32]]:
    yield from first
    yield from rest


def _no_rows() -> NDArray[np.float32]:
    return np.empty((0, EMBEDDING_SIZE), np.float32)


class _ExactEmbeddings:
    """Few embeddings, in memory: comparing all of them costs less than choosing."""

    def __init__(self, rows: NDArray[np.float32]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def candidates(self, query: NDArray[np.float32], min_cosine: float) -> NDArray[np.int64]:
        cosines = self._rows @ query
        rows = np.flatnonzero(cosines >= min_cosine - 1e-5)
        return rows[np.argsort(-cosines[rows], kind="stable")]

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        return self._rows[numbers]


class _CodedEmbeddings:
    """Many embeddings: 64 bytes of each in memory, all of it in a file.

    A code holds on which side of 512 fixed planes an embedding lies. Two embeddings at an angle
    lie on different sides of a random plane with the probability angle / pi, whatever pictures
    they are of, so that nothing has to be learned from the library. What the codes let through
    is compared exactly.

    Source: Charikar, "Similarity Estimation Techniques from Rounding Algorithms", 2002.
    """

    def __init__(self, chunks: Iterator[NDArray[np.float32]], directory: Path | None) -> None:
        self._file = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115 - closed with the index
        weakref.finalize(self, self._file.close)
        self._codes = faiss.IndexBinaryFlat(CODE_BITS)
        for chunk in chunks:
            for start in range(0, len(chunk), CHUNK_ROWS):
                rows = chunk[start : start + CHUNK_ROWS]
                self._file.write(rows.astype("<f2").tobytes())
                self._codes.add(_codes(rows))
        self._file.flush()

    def __len__(self) -> int:
        return int(self._codes.ntotal)

    def candidates(self, query: NDArray[np.float32], min_cosine: float) -> NDArray[np.int64]:
        limit_bits = code_limit_bits(min_cosine)
        _, bits, rows = self._codes.range_search(_codes(query[None, :]), limit_bits + 1)
        nearest = np.lexsort((rows, bits))
        return np.asarray(rows[nearest], np.int64)

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        # Read rather than mapped: a page fault would keep the interpreter's lock.
        file = self._file.fileno()
        content = b"".join(os.pread(file, _ROW_BYTES, row * _ROW_BYTES) for row in numbers.tolist())
        return np.frombuffer(content, "<f2").reshape(-1, EMBEDDING_SIZE).astype(np.float32)


@cache
def _planes() -> NDArray[np.float32]:
    """Return the normals of the planes, at right angles to one another; shape (1280, bits)."""
    random = np.random.default_rng(_SEED).standard_normal((EMBEDDING_SIZE, CODE_BITS))
    return np.linalg.qr(random)[0].astype(np.float32)


def _codes(rows: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.packbits(rows @ _planes() > 0, axis=1)


def code_limit_bits(min_cosine: float) -> int:
    """Return up to which distance of two codes the embeddings may have this cosine or more."""
    share = math.acos(min_cosine) / math.pi
    deviation = math.sqrt(share * (1 - share) / CODE_BITS)
    return math.floor((share + _SAFETY_DEVIATIONS * deviation) * CODE_BITS)
