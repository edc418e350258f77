"""A fixed set of library images, and which of them a picture resembles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from moderation import embedding_index, similarity
from moderation.embedding_index import EmbeddingIndex
from moderation.fingerprint import Fingerprint
from moderation.hash_index import HashIndex, Hits
from moderation.library_columns import (
    Columns,
    LibraryEntry,
    chunks,
    columns_of,
    embeddings_of,
    joined,
)
from moderation.match import ImageMatch
from moderation.perceptual_hash import ORIENTATIONS
from moderation.stored_features import StoredFeatures

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from moderation.deep_match import Alignment

_TRIMMED_VARIANTS = ("trimmed", *(f"trimmed, {name}" for name in ORIENTATIONS[1:]))
_MIN_DEAD, _MAX_DEAD_SHARE = 64, 0.25
_MAX_COMPARED_EMBEDDINGS = 512


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Library images with one faiss index for each kind of vote.

    Nothing in it ever changes; rows that were removed since are marked dead in a copy that
    shares all else. Only photographs have a difference hash and an embedding here: those of
    drawn pictures have no vote.

    pdq: the upright hashes of all rows, then those without borders, of the rows trimmed_rows.
    """

    library_ids: NDArray[np.int64]
    image_ids: NDArray[np.int64]
    graphic: NDArray[np.bool_]
    trimmed_rows: NDArray[np.int64]
    photo_rows: NDArray[np.int64]
    pdq: HashIndex
    dhash: HashIndex
    embeddings: EmbeddingIndex
    deep_rows: NDArray[np.int64]
    features: StoredFeatures
    rows_by_image_id: NDArray[np.int64]
    sorted_image_ids: NDArray[np.int64]
    dead: NDArray[np.bool_]
    live_count: int

    @classmethod
    def of_entries(cls, entries: Iterable[LibraryEntry], directory: Path | None) -> Self:
        """Index images; of those with the same image id the last counts.

        directory: where embeddings are kept if there are many; None for the system's place.
        """
        columns, features = [columns_of([])], StoredFeatures(directory)

        def embeddings() -> Iterator[NDArray[np.float32]]:
            for chunk in chunks(entries):
                columns.append(columns_of(chunk))
                features.append(chunk[row].features for row in columns[-1].deep_rows)
                yield embeddings_of(chunk, columns[-1].photo_rows)

        index = embedding_index.embedding_index(embeddings(), directory)
        return cls._of_columns(joined(columns), index, features)

    @classmethod
    def merged(cls, blocks: Sequence[Block], directory: Path | None) -> Self:
        """Return the images of several blocks in one, without the dead."""
        columns = joined([columns_of([]), *(block._live_columns() for block in blocks)])
        photos = [(block.embeddings, block._live(block.photo_rows)) for block in blocks]
        features = StoredFeatures(directory)
        for block in blocks:
            numbers = block._live(block.deep_rows).tolist()
            features.append(block.features.content(number) for number in numbers)
        return cls._of_columns(columns, embedding_index.merged(photos, directory), features)

    @classmethod
    def _of_columns(
        cls, columns: Columns, embeddings: EmbeddingIndex, features: StoredFeatures
    ) -> Self:
        order = np.argsort(columns.image_ids, kind="stable")
        ids = columns.image_ids[order]
        dead = np.zeros(len(ids), np.bool_)
        dead[order[:-1][ids[:-1] == ids[1:]]] = True
        return cls(
            library_ids=columns.library_ids,
            image_ids=columns.image_ids,
            graphic=columns.graphic,
            trimmed_rows=columns.trimmed_rows,
            photo_rows=columns.photo_rows,
            pdq=HashIndex(columns.pdq, columns.trimmed_pdq),
            dhash=HashIndex(columns.dhash),
            embeddings=embeddings,
            deep_rows=columns.deep_rows,
            features=features,
            rows_by_image_id=order,
            sorted_image_ids=ids,
            dead=dead,
            live_count=len(ids) - int(dead.sum()),
        )

    @property
    def is_sparse(self) -> bool:
        """Say whether so many rows are dead that it is worth leaving them out."""
        dead_count = len(self.dead) - self.live_count
        return dead_count > max(_MIN_DEAD, _MAX_DEAD_SHARE * len(self.dead))

    def without_images(self, image_ids: NDArray[np.int64]) -> Block:
        """Return the block with these images marked dead; others do not matter."""
        places = np.searchsorted(self.sorted_image_ids, image_ids)
        places = places[places < len(self.sorted_image_ids)]
        found = np.isin(self.sorted_image_ids[places], image_ids)
        return self._with_dead(self.rows_by_image_id[places[found]])

    def without_libraries(self, library_ids: NDArray[np.int64]) -> Block:
        """Return the block with all images of these libraries marked dead."""
        return self._with_dead(np.flatnonzero(np.isin(self.library_ids, library_ids)))

    def _with_dead(self, rows: NDArray[np.int64]) -> Block:
        if self.dead[rows].all():
            return self
        dead = self.dead.copy()
        dead[rows] = True
        return replace(self, dead=dead, live_count=len(dead) - int(dead.sum()))

    def matches(
        self, fingerprint: Fingerprint, library_ids: NDArray[np.int64]
    ) -> Iterator[ImageMatch]:
        """Yield the best match of each kind of vote in each of these libraries."""
        yield from self._best("pdq", self._pdq_votes(fingerprint, library_ids), fingerprint)
        if fingerprint.has_only_pdq or not len(self.photo_rows):
            return
        yield from self._best("dhash", self._dhash_votes(fingerprint, library_ids), fingerprint)
        near = self._embedding_votes(fingerprint, library_ids)
        yield from self._best("embedding", near, fingerprint)

    def nearest_deep(
        self, fingerprint: Fingerprint, library_ids: NDArray[np.int64], count: int
    ) -> Iterator[tuple[float, int]]:
        """Yield cosine and number, in deep_rows, of the embeddings nearest to the picture's."""
        numbers = np.flatnonzero(self._wanted(self.deep_rows, library_ids))
        photos = np.searchsorted(self.photo_rows, self.deep_rows[numbers])
        nearest = self.embeddings.nearest(fingerprint.embedding, photos, count)
        cosines = self.embeddings.rows(nearest) @ fingerprint.embedding
        places = np.searchsorted(self.deep_rows, self.photo_rows[nearest])
        yield from zip(cosines.tolist(), places.tolist(), strict=True)

    def within_bits(self, hashes: NDArray[np.uint8], limit_bits: int) -> Hits:
        """Return the live images with a PDQ hash at most so many bits from one of these."""
        hits = self.pdq.within(hashes, limit_bits)
        hits = hits._replace(rows=self._owners(hits.rows))
        return hits.where(~self.dead[hits.rows])

    def duplicates(
        self, fingerprint: Fingerprint, library_ids: NDArray[np.int64] | None
    ) -> Iterator[ImageMatch]:
        """Yield the images that are the same picture; library_ids None for all libraries."""
        hits = self.within_bits(fingerprint.pdq[:1], similarity.DUPLICATE_PDQ_BITS)
        if library_ids is not None:
            hits = hits.where(np.isin(self.library_ids[hits.rows], library_ids))
        for number, row in enumerate(hits.rows.tolist()):
            drawn = fingerprint.graphic or self.graphic[row]
            near = hits.distances[number] <= similarity.DUPLICATE_GRAPHIC_PDQ_BITS or not drawn
            if near and self._dhash_bits(fingerprint, row) <= similarity.DUPLICATE_DHASH_BITS:
                yield self.match("pdq", hits, number, fingerprint)

    def _dhash_bits(self, fingerprint: Fingerprint, row: int) -> int:
        """Return the distance of the difference hashes; 0 if one of them is not known."""
        place = int(np.searchsorted(self.photo_rows, row))
        known = place < len(self.photo_rows) and self.photo_rows[place] == row
        if not known or fingerprint.has_only_pdq:
            return 0
        stored = self.dhash.rows(place, 1)[0]
        return int(np.bitwise_count(stored ^ fingerprint.dhash).sum())

    def match(self, vote: str, hits: Hits, number: int, fingerprint: Fingerprint) -> ImageMatch:
        """Describe one of the hits."""
        row, distance = int(hits.rows[number]), hits.distances[number].item()
        return ImageMatch(
            library_id=int(self.library_ids[row]),
            image_id=int(self.image_ids[row]),
            similarity=round(similarity.SIMILARITIES[vote](distance), 2),
            vote=vote,
            distance=distance if vote == "embedding" else int(distance),
            variant=_variants(fingerprint)[int(hits.queries[number])],
        )

    def part_match(self, number: int, found: Alignment) -> ImageMatch:
        """Describe the image, by its number in deep_rows, of which a part was found."""
        row = int(self.deep_rows[number])
        return ImageMatch(
            library_id=int(self.library_ids[row]),
            image_id=int(self.image_ids[row]),
            similarity=round(found.similarity, 2),
            vote="geometry",
            distance=round(1 - found.correlation, 4),
            variant=found.variant,
        )

    def _owners(self, pdq_rows: NDArray[np.int64]) -> NDArray[np.int64]:
        count = len(self.library_ids)
        owners = pdq_rows.copy()
        trimmed = pdq_rows >= count
        owners[trimmed] = self.trimmed_rows[pdq_rows[trimmed] - count]
        return owners

    def _wanted(self, rows: NDArray[np.int64], library_ids: NDArray[np.int64]) -> Any:
        return ~self.dead[rows] & np.isin(self.library_ids[rows], library_ids)

    def _pdq_votes(self, fingerprint: Fingerprint, library_ids: NDArray[np.int64]) -> Hits:
        variants = np.concatenate([fingerprint.pdq, fingerprint.trimmed_pdq])
        hits = self.within_bits(variants, similarity.PDQ_LIMIT_BITS)
        if not len(hits.rows):
            return hits
        graphic_limit = similarity.PDQ_GRAPHIC_LIMIT_BITS
        near = ~self.graphic[hits.rows] | (hits.distances <= graphic_limit)
        return hits.where(near & self._wanted(hits.rows, library_ids))

    def _dhash_votes(self, fingerprint: Fingerprint, library_ids: NDArray[np.int64]) -> Hits:
        hits = self.dhash.within(fingerprint.dhash[None, :], similarity.DHASH_LIMIT_BITS)
        if not len(hits.rows):
            return hits
        hits = hits._replace(rows=self.photo_rows[hits.rows])
        return hits.where(self._wanted(hits.rows, library_ids))

    def _embedding_votes(self, fingerprint: Fingerprint, library_ids: NDArray[np.int64]) -> Hits:
        limit = similarity.EMBEDDING_LIMIT
        numbers = self.embeddings.candidates(fingerprint.embedding, 1 - limit)
        if len(numbers):
            numbers = numbers[self._wanted(self.photo_rows[numbers], library_ids)]
        numbers = numbers[:_MAX_COMPARED_EMBEDDINGS]
        cosines = self.embeddings.rows(numbers) @ fingerprint.embedding
        distances = np.round(np.maximum(0, 1 - cosines.astype(np.float64)), 4)
        hits = Hits(self.photo_rows[numbers], distances, np.zeros(len(numbers), np.int64))
        return hits.where(cosines >= 1 - limit)

    def _best(self, vote: str, hits: Hits, fingerprint: Fingerprint) -> Iterator[ImageMatch]:
        """Yield the nearest of each library; of equal ones the lowest image id."""
        if not len(hits.rows):
            return
        order = np.lexsort((hits.queries, self.image_ids[hits.rows], hits.distances))
        _, first = np.unique(self.library_ids[hits.rows[order]], return_index=True)
        for number in order[first].tolist():
            yield self.match(vote, hits, number, fingerprint)

    def _live_columns(self) -> Columns:
        live = ~self.dead
        new_rows = np.cumsum(live) - 1
        trimmed, photos, deep = (
            live[rows] for rows in (self.trimmed_rows, self.photo_rows, self.deep_rows)
        )
        count = len(self.library_ids)
        return Columns(
            library_ids=self.library_ids[live],
            image_ids=self.image_ids[live],
            graphic=self.graphic[live],
            pdq=self.pdq.rows(0, count)[live],
            trimmed_rows=new_rows[self.trimmed_rows[trimmed]],
            trimmed_pdq=self.pdq.rows(count, len(self.trimmed_rows))[trimmed],
            photo_rows=new_rows[self.photo_rows[photos]],
            dhash=self.dhash.rows(0, len(self.photo_rows))[photos],
            deep_rows=new_rows[self.deep_rows[deep]],
        )

    def _live(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return which of these rows are not dead, by their place in the list."""
        return np.flatnonzero(~self.dead[rows])


def _variants(fingerprint: Fingerprint) -> tuple[str, ...]:
    """Name the rows of the hashes that a picture is searched by."""
    return (*ORIENTATIONS[: len(fingerprint.pdq)], *_TRIMMED_VARIANTS)
