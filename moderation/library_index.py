"""Finds the library images that a picture resembles; exact, and quick to change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import accumulate, chain, islice
from typing import TYPE_CHECKING, Self

import faiss
import numpy as np

from moderation import similarity
from moderation.deep_match import aligned
from moderation.fingerprint import Fingerprint
from moderation.library_block import Block
from moderation.library_columns import LibraryEntry
from moderation.match import ImageMatch

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from moderation.local_features import CloserLook

__all__ = ["LibraryEntry", "LibraryIndex"]

MAX_RECENT = 512
_FOLD_RECENT = 256
_LOOKED_CLOSER_AT = 100
_GROWTH = 8  # a block is merged with smaller ones until it is so many times as large as they


class LibraryIndex:
    """All library images of one deployment or account; never changed, only replaced.

    Recent images stand in a small block beside the larger ones, so that a change costs little;
    folded() merges the small blocks into larger ones and leaves out what was removed.
    """

    def __init__(
        self,
        blocks: Sequence[Block] = (),
        recent: Sequence[LibraryEntry] = (),
        directory: Path | None = None,
    ) -> None:
        self._directory = directory
        self._blocks = tuple(sorted(blocks, key=lambda block: block.live_count))
        self._recent = tuple(recent)
        recent_block = [Block.of_entries(self._recent, directory)] if recent else []
        self._searched = (*self._blocks, *recent_block)

    @classmethod
    def build(cls, entries: Iterable[LibraryEntry], directory: Path | None = None) -> Self:
        """Index the images; those too plain to be matched are left out.

        The entries are read one after the other and not kept. Of those with the same image id
        the last counts.

        directory: where the embeddings of large libraries are kept while the index lives, in
            a file without a name, 2.5 kB an image; None for the system's place for such files.
        """
        block = Block.of_entries(_matchable(entries, set()), directory)
        return cls([block] if block.live_count else [], (), directory)

    @classmethod
    def empty(cls, directory: Path | None = None) -> Self:
        """Return an index without images."""
        return cls((), (), directory)

    def __len__(self) -> int:
        return sum(block.live_count for block in self._searched)

    def changed(self, added: Iterable[LibraryEntry], removed: AbstractSet[int]) -> Self:
        """Return an index with images more and images less; this one remains as it is.

        An image that is added replaces the one with its id. Cheap for up to some hundreds.

        removed: image ids; those that are not there do not matter.
        """
        replaced = set(removed)
        fresh = _matchable(added, replaced)
        first = list(islice(fresh, MAX_RECENT + 1))
        if len(first) > MAX_RECENT:
            block = Block.of_entries(chain(first, fresh), self._directory)
            return self._with([block], [], replaced)
        return self._with([], first, replaced)

    def _with(self, more: list[Block], recent: list[LibraryEntry], replaced: set[int]) -> Self:
        gone = _ids(replaced)
        blocks = [*(block.without_images(gone) for block in self._blocks), *more]
        kept = (entry for entry in self._recent if entry.image_id not in replaced)
        entries = {entry.image_id: entry for entry in chain(kept, recent)}
        if len(entries) > MAX_RECENT:
            blocks.append(Block.of_entries(entries.values(), self._directory))
            entries = {}
        return type(self)(blocks, tuple(entries.values()), self._directory)

    def without_libraries(self, library_ids: AbstractSet[int]) -> Self:
        """Return an index without the images of these libraries."""
        gone = _ids(library_ids)
        blocks = [block.without_libraries(gone) for block in self._blocks]
        recent = [entry for entry in self._recent if entry.library_id not in library_ids]
        return type(self)(blocks, recent, self._directory)

    @property
    def needs_folding(self) -> bool:
        """Say whether folded() would make matching quicker or free much memory."""
        return (
            len(self._recent) >= _FOLD_RECENT
            or any(block.is_sparse for block in self._blocks)
            or _merged_count(self._blocks, 0) > 1
        )

    def folded(self) -> Self:
        """Return an index with the same images in fewer blocks.

        Meant for a thread beside those that match: it takes up to seconds, and hardly ever
        keeps the interpreter's lock.
        """
        count = _merged_count(self._blocks, len(self._recent))
        merged = Block.merged(
            [*self._blocks[:count], *self._searched[len(self._blocks) :]], self._directory
        )
        kept = self._blocks[count:]
        return type(self)([merged, *kept] if merged.live_count else kept, (), self._directory)

    def match(
        self,
        fingerprint: Fingerprint,
        library_ids: AbstractSet[int],
        closer_look: CloserLook | None = None,
    ) -> tuple[ImageMatch, ...]:
        """Return the best match of each library, most similar first.

        A picture too plain to be told from others matches nothing.

        closer_look: the picture itself, so that parts of images with features are found in it;
            used if their library has no match otherwise.
        """
        if not fingerprint.is_matchable or not library_ids:
            return ()
        faiss.omp_set_num_threads(1)  # in this thread; more would spin, at ten times the cost
        wanted = _ids(library_ids)
        best = _best(
            match for block in self._searched for match in block.matches(fingerprint, wanted)
        )
        if closer_look is not None and not fingerprint.has_only_pdq:
            missing = _ids(library_ids - best.keys())
            best |= _best(self._parts(fingerprint, missing, closer_look))
        return tuple(sorted(best.values(), key=_preference, reverse=True))

    def _parts(
        self, fingerprint: Fingerprint, library_ids: NDArray[np.int64], closer_look: CloserLook
    ) -> Iterator[ImageMatch]:
        """Yield the images of which a part is in the picture, of those that look most like it."""
        near = [
            (cosine, block, number)
            for block in self._searched
            if len(block.deep_rows)
            for cosine, number in block.nearest_deep(fingerprint, library_ids, _LOOKED_CLOSER_AT)
        ]
        near.sort(key=lambda candidate: -candidate[0])
        chosen = [(block, number) for _, block, number in near[:_LOOKED_CLOSER_AT]]
        samples = [block.features.read(number) for block, number in chosen]
        for found in aligned(closer_look, samples):
            block, number = chosen[found.sample]
            yield block.part_match(number, found)

    def duplicates_of(
        self, fingerprint: Fingerprint, library_ids: AbstractSet[int] | None = None
    ) -> tuple[ImageMatch, ...]:
        """Return the images that are the same picture, perhaps encoded anew, nearest first.

        library_ids: the libraries to look in; None for all.
        """
        faiss.omp_set_num_threads(1)
        wanted = None if library_ids is None else _ids(library_ids)
        nearest: dict[int, ImageMatch] = {}
        found = (same for block in self._searched for same in block.duplicates(fingerprint, wanted))
        for match in sorted(found, key=_preference, reverse=True):
            nearest.setdefault(match.image_id, match)
        return tuple(nearest.values())

    def neighbour_counts(
        self, fingerprint: Fingerprint, library_ids: AbstractSet[int]
    ) -> dict[int, int]:
        """Count, for each of these libraries, the images as near as a match by PDQ may be."""
        faiss.omp_set_num_threads(1)
        hashes = np.concatenate([fingerprint.pdq, fingerprint.trimmed_pdq])
        near: dict[int, set[int]] = {}
        for block in self._searched:
            rows = block.within_bits(hashes, similarity.PDQ_LIMIT_BITS).rows
            ids = zip(block.library_ids[rows].tolist(), block.image_ids[rows].tolist(), strict=True)
            for library_id, image_id in ids:
                if library_id in library_ids:
                    near.setdefault(library_id, set()).add(image_id)
        return {library_id: len(image_ids) for library_id, image_ids in near.items()}


def _best(matches: Iterable[ImageMatch]) -> dict[int, ImageMatch]:
    """Return the best match of each library."""
    best: dict[int, ImageMatch] = {}
    for match in matches:
        known = best.get(match.library_id)
        if known is None or _preference(match) > _preference(known):
            best[match.library_id] = match
    return best


def _matchable(entries: Iterable[LibraryEntry], seen: set[int]) -> Iterator[LibraryEntry]:
    """Yield the entries that can be matched, and note the ids of all."""
    for entry in entries:
        seen.add(entry.image_id)
        if entry.fingerprint.is_matchable:
            yield entry


def _merged_count(blocks: Sequence[Block], recent_count: int) -> int:
    """Return how many blocks to merge, from the smallest on, so that few remain."""
    counts = [block.live_count for block in blocks]
    smaller = accumulate(counts, initial=recent_count)
    merged = [
        number
        for number, (block, others) in enumerate(zip(blocks, smaller, strict=False), 1)
        if block.is_sparse or block.live_count <= _GROWTH * others
    ]
    return max(merged, default=0)


def _preference(match: ImageMatch) -> tuple[float, int]:
    return match.similarity, -match.image_id


def _ids(numbers: AbstractSet[int]) -> NDArray[np.int64]:
    return np.fromiter(numbers, np.int64, len(numbers))
