"""What is kept of library images, one a row, in columns."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from moderation.fingerprint import EMBEDDING_SIZE, Fingerprint
from moderation.local_features import FEATURES_VERSION, stored_version
from moderation.perceptual_hash import HASH_BYTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHUNK_ENTRIES = 256  # the interpreter's lock is given up after so many


@dataclass(frozen=True, slots=True, eq=False)
class LibraryEntry:
    """One image of a library.

    features: from local_features(), if parts of the image are to be recognised too.
    """

    library_id: int
    image_id: int
    fingerprint: Fingerprint
    features: bytes = b""

    @property
    def is_deep(self) -> bool:
        """Say whether parts of the image are recognised."""
        readable = stored_version(self.features) == FEATURES_VERSION
        return readable and self.fingerprint.votes_as_photo


class Columns(NamedTuple):
    """Images, one a row; trimmed hashes, photographs and features name their row."""

    library_ids: NDArray[np.int64]
    image_ids: NDArray[np.int64]
    graphic: NDArray[np.bool_]
    pdq: NDArray[np.uint8]
    trimmed_rows: NDArray[np.int64]
    trimmed_pdq: NDArray[np.uint8]
    photo_rows: NDArray[np.int64]
    dhash: NDArray[np.uint8]
    deep_rows: NDArray[np.int64]


def chunks(entries: Iterable[LibraryEntry]) -> Iterator[list[LibraryEntry]]:
    """Yield the entries in lists; requests need not wait for what takes long."""
    iterator = iter(entries)
    while chunk := list(islice(iterator, _CHUNK_ENTRIES)):
        yield chunk
        time.sleep(0)  # or requests wait for the interpreter's lock, milliseconds each time


def columns_of(entries: Sequence[LibraryEntry]) -> Columns:
    """Put entries into columns."""
    prints = [entry.fingerprint for entry in entries]
    trimmed = [row for row, print_ in enumerate(prints) if len(print_.trimmed_pdq)]
    photos = [row for row, print_ in enumerate(prints) if print_.votes_as_photo]
    return Columns(
        library_ids=np.array([entry.library_id for entry in entries], np.int64),
        image_ids=np.array([entry.image_id for entry in entries], np.int64),
        graphic=np.array([print_.graphic for print_ in prints], np.bool_),
        pdq=_stacked([print_.pdq[0] for print_ in prints], HASH_BYTES, np.uint8),
        trimmed_rows=np.array(trimmed, np.int64),
        trimmed_pdq=_stacked([prints[row].trimmed_pdq[0] for row in trimmed], HASH_BYTES, np.uint8),
        photo_rows=np.array(photos, np.int64),
        dhash=_stacked([prints[row].dhash for row in photos], HASH_BYTES, np.uint8),
        deep_rows=np.flatnonzero([entry.is_deep for entry in entries]),
    )


def embeddings_of(entries: Sequence[LibraryEntry], rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the embeddings of some of the entries, shape (n, 1280)."""
    prints = [entries[row].fingerprint for row in rows.tolist()]
    return _stacked([print_.embedding for print_ in prints], EMBEDDING_SIZE, np.float32)


def _stacked(rows: Sequence[NDArray[Any]], width: int, dtype: Any) -> NDArray[Any]:
    return np.stack(rows) if rows else np.empty((0, width), dtype)


def joined(parts: Sequence[Columns]) -> Columns:
    """Put columns under one another; rows that are named are counted on."""
    starts = np.cumsum([0, *(len(part.library_ids) for part in parts)])
    moved = [
        part._replace(
            trimmed_rows=part.trimmed_rows + start,
            photo_rows=part.photo_rows + start,
            deep_rows=part.deep_rows + start,
        )
        for part, start in zip(parts, starts.tolist(), strict=False)
    ]
    return Columns(*(np.concatenate(column) for column in zip(*moved, strict=True)))
