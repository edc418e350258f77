"""Finds the embeddings that lie close to one; exact, with most of them on disk."""

from __future__ import annotations

import math
import os
import tempfile
import time
import weakref
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import faiss
import numpy as np

from moderation.fingerprint import EMBEDDING_SIZE

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

CODE_BITS: Final = 512
MAX_IN_MEMORY: Final = 512

_CHUNK_ROWS: Final = 512
_ROW_BYTES: Final = EMBEDDING_SIZE * 2
_SEED: Final = 20190924
_SAFETY_DEVIATIONS: Final = 4.5  # of the binomial distribution: misses 3 pairs of a million
_PAUSE_S: Final = 0.001  # after each chunk, for those that match meanwhile
_ROUNDING: Final = 1e-5


class _Encoded(NamedTuple):
    """Embeddings as they are kept, one a row: in half precision, and as codes."""

    halves: NDArray[np.float16]
    codes: NDArray[np.uint8]


class EmbeddingIndex(Protocol):
    """Embeddings of length 1 in rows, numbered from 0."""

    def __len__(self) -> int: ...

    def candidates(self, query: NDArray[np.float32], min_cosine: float) -> NDArray[np.int64]:
        """Return the rows that may reach the cosine, the likeliest first."""

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the embeddings of these rows, shape (n, 1280)."""

    def nearest(
        self, query: NDArray[np.float32], numbers: NDArray[np.int64], count: int
    ) -> NDArray[np.int64]:
        """Return so many of these rows as are likely the nearest to the query."""

    def encoded(self, numbers: NDArray[np.int64]) -> Iterator[_Encoded]:
        """Yield these rows, in ascending order, as another index takes them."""


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
            encoded = (_encode(rows) for rows in chain(first, chunks))
            return _CodedEmbeddings(encoded, directory)
    return _ExactEmbeddings(_stacked(first))


def merged(
    parts: Sequence[tuple[EmbeddingIndex, NDArray[np.int64]]], directory: Path | None
) -> EmbeddingIndex:
    """Index some rows of several indexes; of each these numbers, in ascending order."""
    if sum(len(numbers) for _, numbers in parts) <= MAX_IN_MEMORY:
        return _ExactEmbeddings(_stacked([index.rows(numbers) for index, numbers in parts]))
    encoded = (chunk for index, numbers in parts for chunk in index.encoded(numbers))
    return _CodedEmbeddings(encoded, directory)


def _stacked(parts: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.concatenate([np.empty((0, EMBEDDING_SIZE), np.float32), *parts])


class _ExactEmbeddings:
    """Few embeddings, in memory: comparing all of them costs less than choosing."""

    def __init__(self, rows: NDArray[np.float32]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def candidates(self, query: NDArray[np.float32], min_cosine: float) -> NDArray[np.int64]:
        cosines = self._rows @ query
        rows = np.flatnonzero(cosines >= min_cosine - _ROUNDING)
        return rows[np.argsort(-cosines[rows], kind="stable")]

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        return self._rows[numbers]

    def nearest(
        self, query: NDArray[np.float32], numbers: NDArray[np.int64], count: int
    ) -> NDArray[np.int64]:
        return numbers[np.argsort(-(self._rows[numbers] @ query), kind="stable")[:count]]

    def encoded(self, numbers: NDArray[np.int64]) -> Iterator[_Encoded]:
        yield _encode(self._rows[numbers])


class _CodedEmbeddings:
    """Many embeddings: 64 bytes of each in memory, all of it in a file.

    A code holds on which side of 512 fixed planes an embedding lies. Two embeddings at an angle
    lie on different sides of a random plane with the probability angle / pi, whatever pictures
    they are of, so that nothing has to be learned from the library. What the codes let through
    is compared exactly.

    Source: Charikar, "Similarity Estimation Techniques from Rounding Algorithms", 2002.
    """

    def __init__(self, chunks: Iterator[_Encoded], directory: Path | None) -> None:
        self._file = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115 - closed with the index
        weakref.finalize(self, self._file.close)
        self._codes: Any = faiss.IndexBinaryFlat(CODE_BITS)
        for chunk in chunks:
            self._file.write(np.ascontiguousarray(chunk.halves).data.cast("B"))
            self._codes.add(np.ascontiguousarray(chunk.codes))
        self._file.flush()

    def __len__(self) -> int:
        return int(self._codes.ntotal)

    def candidates(self, query: NDArray[np.float32], min_cosine: float) -> NDArray[np.int64]:
        limit_bits = code_limit_bits(min_cosine)
        _, bits, rows = self._codes.range_search(codes(query[None, :]), limit_bits + 1)
        nearest = np.lexsort((rows, bits))
        return np.asarray(rows[nearest], np.int64)

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        content = b"".join(self._read(number, 1) for number in numbers.tolist())
        return np.frombuffer(content, "<f2").reshape(-1, EMBEDDING_SIZE).astype(np.float32)

    def nearest(
        self, query: NDArray[np.float32], numbers: NDArray[np.int64], count: int
    ) -> NDArray[np.int64]:
        words = self._all_codes().view(np.uint64)[numbers] ^ codes(query[None, :]).view(np.uint64)
        bits = np.bitwise_count(words).sum(axis=1, dtype=np.int64)
        return numbers[np.argsort(bits, kind="stable")[:count]]

    def encoded(self, numbers: NDArray[np.int64]) -> Iterator[_Encoded]:
        all_codes = self._all_codes()
        for start in range(0, len(self), _CHUNK_ROWS):
            first, last = np.searchsorted(numbers, (start, start + _CHUNK_ROWS))
            chosen = numbers[first:last]
            if not len(chosen):
                continue
            content = np.frombuffer(self._read(start, _CHUNK_ROWS), "<f2")
            halves = content.reshape(-1, EMBEDDING_SIZE)
            whole = len(chosen) == len(halves)
            yield _Encoded(halves if whole else halves[chosen - start], all_codes[chosen])
            time.sleep(_PAUSE_S)

    def _all_codes(self) -> NDArray[np.uint8]:
        """Return the codes where faiss keeps them."""
        content = faiss.rev_swig_ptr(self._codes.xb.data(), len(self) * CODE_BITS // 8)
        codes: NDArray[np.uint8] = content.reshape(len(self), -1)
        return codes

    def _read(self, start: int, count: int) -> bytes:
        # Read rather than mapped: a page fault would keep the interpreter's lock.
        return os.pread(self._file.fileno(), count * _ROW_BYTES, start * _ROW_BYTES)


@cache
def _planes() -> Any:
    """Return the map to the distances from the planes, which are at right angles to another."""
    random = np.random.default_rng(_SEED).standard_normal((EMBEDDING_SIZE, CODE_BITS))
    normals = np.linalg.qr(random)[0].T.astype(np.float32)
    planes = faiss.LinearTransform(EMBEDDING_SIZE, CODE_BITS, False)  # noqa: FBT003 - faiss
    faiss.copy_array_to_vector(normals.ravel(), planes.A)
    planes.is_trained = True
    return planes


def codes(rows: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return on which side of the planes embeddings lie, packed; shape (n, 64)."""
    # faiss keeps to the thread that asks; NumPy would use more and wait for them.
    return np.packbits(_planes().apply(rows) > 0, axis=1)


def _encode(rows: NDArray[np.float32]) -> _Encoded:
    return _Encoded(rows.astype("<f2"), codes(np.ascontiguousarray(rows)))


@cache
def code_limit_bits(min_cosine: float) -> int:
    """Return up to which distance of two codes the embeddings may have this cosine or more."""
    share = math.acos(min_cosine) / math.pi
    deviation = math.sqrt(share * (1 - share) / CODE_BITS)
    return math.floor((share + _SAFETY_DEVIATIONS * deviation) * CODE_BITS)
