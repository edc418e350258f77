"""Finds, among pictures that were seen before, those that a new library image would match."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from moderation.fingerprint import EMBEDDING_SIZE, HEADER_SIZE, Fingerprint, stored_version
from moderation.library_columns import LibraryEntry
from moderation.library_index import LibraryIndex
from moderation.perceptual_hash import HASH_BYTES
from moderation.similarity import DHASH_LIMIT_BITS, EMBEDDING_LIMIT, PDQ_LIMIT_BITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EMBEDDING_BYTES = EMBEDDING_SIZE * 2
_TOLERANCE = 0.01  # of the cosine, for what rounding may do


class BackSearch:
    """Compares one library image with many stored fingerprints of pictures.

    Most are told apart for many at once; what remains is matched as if it were moderated.
    """

    def __init__(self, sample: Fingerprint) -> None:
        self._sample = sample
        self._hashes = _words(np.concatenate([sample.pdq[:1], sample.trimmed_pdq[:1]]))
        self._dhash = None if sample.has_only_pdq else _words(sample.dhash[None, :])
        self._index = LibraryIndex.build([LibraryEntry(1, 1, sample)])

    def matched(self, stored: Sequence[bytes]) -> list[int]:
        """Return the places of the stored fingerprints that the image would match.

        Those of another version of fingerprints are left out.
        """
        places: dict[int, list[int]] = defaultdict(list)
        for place, content in enumerate(stored):
            if stored_version(content) == self._sample.version:
                places[len(content)].append(place)
        near = [
            alike[number]
            for alike in places.values()
            for number in self._near([stored[place] for place in alike])
        ]
        return [place for place in sorted(near) if self._is_match(stored[place])]

    def _is_match(self, content: bytes) -> bool:
        return bool(self._index.match(Fingerprint.from_bytes(content), {1}))

    def _near(self, contents: list[bytes]) -> list[int]:
        """Return which of some fingerprints of equal length may match; few do not, then."""
        table = np.frombuffer(b"".join(contents), np.uint8).reshape(len(contents), -1)
        hashes = table[:, HEADER_SIZE:-_EMBEDDING_BYTES].reshape(len(table), -1, HASH_BYTES)
        dhashes = hashes[:, -1:]
        near = self._least_bits(hashes[:, :-1], self._hashes) <= PDQ_LIMIT_BITS
        if self._dhash is not None:
            near |= self._least_bits(dhashes, self._dhash) <= DHASH_LIMIT_BITS
            embeddings = np.ascontiguousarray(table[:, -_EMBEDDING_BYTES:]).view("<f2")
            cosines = embeddings.astype(np.float32) @ self._sample.embedding
            near |= cosines >= 1 - EMBEDDING_LIMIT - _TOLERANCE
        found: list[int] = np.flatnonzero(near).tolist()
        return found

    def _least_bits(self, hashes: NDArray[np.uint8], wanted: NDArray[np.uint64]) -> Any:
        """Return, for each row of hashes, the least distance of any of them to any wanted one."""
        words = _words(np.ascontiguousarray(hashes))
        distances = [np.bitwise_count(words ^ one).sum(axis=-1) for one in wanted]
        return np.min(distances, axis=(0, -1))


def _words(hashes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """View hashes as words of 64 bits, of which four make a hash."""
    return np.ascontiguousarray(hashes).view(np.uint64)
