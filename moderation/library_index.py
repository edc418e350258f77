"""Finds the library images that a picture resembles; exact, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import faiss
import numpy as np

from moderation import similarity
from moderation.fingerprint import EMBEDDING_SIZE, Fingerprint
from moderation.match import ImageMatch
from moderation.perceptual_hash import HASH_BYTES, ORIENTATIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TRIMMED_VARIANTS = tuple(f"trimmed, {name}" for name in ORIENTATIONS)
_VARIANTS = (*ORIENTATIONS, "trimmed", *_TRIMMED_VARIANTS[1:])


@dataclass(frozen=True, slots=True, eq=False)
class LibraryEntry:
    """One image of a library."""

    library_id: int
    image_id: int
    fingerprint: Fingerprint


class LibraryIndex:
    """All library images of one deployment or account; never changed, only replaced.

    It is made of blocks that are searched one after the other, so that a small block of
    recent images can stand beside a big one.
    """

    def __init__(self, blocks: Sequence[_Block]) -> None:
        self._blocks = tuple(blocks)

    @classmethod
    def build(cls, entries: Iterable[LibraryEntry]) -> Self:
        """Index the images; those too plain to be matched are left out."""
        usable = [entry for entry in entries if entry.fingerprint.is_matchable]
        return cls([_Block(usable)] if usable else [])

    @classmethod
    def empty(cls) -> Self:
        """Return an index without images."""
        return cls([])

    def __len__(self) -> int:
        return sum(len(block) for block in self._blocks)

    def match(
        self, fingerprint: Fingerprint, library_ids: AbstractSet[int]
    ) -> tuple[ImageMatch, ...]:
        """Return the best match of each library, most similar first.

        A picture too plain to be told from others matches nothing.
        """
        if not fingerprint.is_matchable or not library_ids:
            return ()
        faiss.omp_set_num_threads(1)  # in this thread; more would spin, at ten times the cost
        best: dict[int, ImageMatch] = {}
        for block in self._blocks:
            for match in block.votes(fingerprint, library_ids):
                known = best.get(match.library_id)
                if known is None or _preference(match) > _preference(known):
                    best[match.library_id] = match
        return tuple(sorted(best.values(), key=_preference, reverse=True))


def _preference(match: ImageMatch) -> tuple[float, int]:
    return match.similarity, -match.image_id


class _Block:
    """A fixed set of library images with one faiss index for each kind of vote."""

    def __init__(self, entries: Sequence[LibraryEntry]) -> None:
        self._entries = [(entry.library_id, entry.image_id) for entry in entries]
        prints = [entry.fingerprint for entry in entries]
        self._graphic = [print_.graphic for print_ in prints]
        self._pdq_owners, pdq_rows = _pdq_rows(prints)
        self._pdq = _hash_index(pdq_rows)
        self._dhash = _hash_index(np.stack([print_.dhash for print_ in prints]))
        self._embedding = _embedding_index(np.stack([print_.embedding for print_ in prints]))

    def __len__(self) -> int:
        return len(self._entries)

    def votes(
        self, fingerprint: Fingerprint, library_ids: AbstractSet[int]
    ) -> Iterator[ImageMatch]:
        """Yield a match for each vote of each image that counts."""
        for vote in (self._pdq_votes, self._dhash_votes, self._embedding_votes):
            for owner, match in vote(fingerprint):
                if match.library_id in library_ids and self._counts(owner, match):
                    yield match

    def _counts(self, owner: int, match: ImageMatch) -> bool:
        limits = _GRAPHIC_LIMITS if self._graphic[owner] else _LIMITS
        return match.vote in limits and match.distance <= limits[match.vote]

    def _pdq_votes(self, fingerprint: Fingerprint) -> Iterator[tuple[int, ImageMatch]]:
        variants = np.concatenate([fingerprint.pdq, fingerprint.trimmed_pdq])
        for query, row, bits in _within_bits(self._pdq, variants, similarity.PDQ_LIMIT_BITS):
            owner = self._pdq_owners[row]
            yield owner, self._match(owner, "pdq", bits, _VARIANTS[query])

    def _dhash_votes(self, fingerprint: Fingerprint) -> Iterator[tuple[int, ImageMatch]]:
        queries = fingerprint.dhash[None, :]
        for _, owner, bits in _within_bits(self._dhash, queries, similarity.DHASH_LIMIT_BITS):
            yield owner, self._match(owner, "dhash", bits, ORIENTATIONS[0])

    def _embedding_votes(self, fingerprint: Fingerprint) -> Iterator[tuple[int, ImageMatch]]:
        limit = similarity.EMBEDDING_LIMIT
        for owner, distance in _within_angle(self._embedding, fingerprint.embedding, limit):
            yield owner, self._match(owner, "embedding", distance, ORIENTATIONS[0])

    def _match(self, owner: int, vote: str, distance: float, variant: str) -> ImageMatch:
        library_id, image_id = self._entries[owner]
        percent = _SIMILARITIES[vote](distance)
        return ImageMatch(library_id, image_id, round(percent, 2), vote, distance, variant)


_SIMILARITIES: dict[str, Callable[[float], float]] = {
    "pdq": similarity.pdq_similarity,
    "dhash": similarity.dhash_similarity,
    "embedding": similarity.embedding_similarity,
}
_LIMITS: dict[str, float] = {
    "pdq": similarity.PDQ_LIMIT_BITS,
    "dhash": similarity.DHASH_LIMIT_BITS,
    "embedding": similarity.EMBEDDING_LIMIT,
}
_GRAPHIC_LIMITS: dict[str, float] = {"pdq": similarity.PDQ_GRAPHIC_LIMIT_BITS}


def _pdq_rows(prints: Sequence[Fingerprint]) -> tuple[list[int], NDArray[np.uint8]]:
    """Return the upright hash of each image and, if it has borders, the one without them."""
    owners: list[int] = []
    rows: list[NDArray[np.uint8]] = []
    for owner, print_ in enumerate(prints):
        upright = [print_.pdq[0], *print_.trimmed_pdq[:1]]
        owners.extend([owner] * len(upright))
        rows.extend(upright)
    return owners, np.stack(rows)


def _hash_index(rows: NDArray[np.uint8]) -> faiss.IndexBinaryFlat:
    index = faiss.IndexBinaryFlat(HASH_BYTES * 8)
    index.add(np.ascontiguousarray(rows))
    return index


def _embedding_index(rows: NDArray[np.float32]) -> faiss.IndexFlatIP:
    # Single precision, 5 kB an image: scanned four times as fast as half precision.
    index = faiss.IndexFlatIP(EMBEDDING_SIZE)
    index.add(np.ascontiguousarray(rows))
    return index


_Hits = Iterator[tuple[int, int, float]]


def _within_bits(
    index: faiss.IndexBinaryFlat, queries: NDArray[np.uint8], limit_bits: int
) -> _Hits:
    """Yield query number, row and distance of every row at most so many bits away."""
    ends, distances, rows = index.range_search(np.ascontiguousarray(queries), limit_bits + 1)
    query_numbers = np.repeat(np.arange(len(queries)), np.diff(ends.astype(np.int64)))
    yield from zip(query_numbers.tolist(), rows.tolist(), distances.tolist(), strict=True)


def _within_angle(
    index: faiss.IndexFlatIP, query: NDArray[np.float32], limit: float
) -> Iterator[tuple[int, float]]:
    """Yield row and distance (1 - cosine) of every row at most the limit away."""
    _, cosines, rows = index.range_search(query[None, :], 1 - limit)
    for row, cosine in zip(rows.tolist(), cosines.tolist(), strict=True):
        yield row, round(max(0.0, 1 - cosine), 4)
