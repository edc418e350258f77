"""Made-up fingerprints that are spread as those of photographs are, any number of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from moderation.fingerprint import EMBEDDING_SIZE, Fingerprint, unit_embedding
from moderation.library_index import LibraryEntry
from moderation.perceptual_hash import HASH_BYTES, ORIENTATIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

LIBRARY_COUNT: Final = 10
LIBRARY_IDS: Final = frozenset(range(1, LIBRARY_COUNT + 1))
_CHUNK: Final = 1000
TRIMMED_SHARE: Final = 0.1
_COMMON_PART: Final = 0.55  # so that two photographs have a cosine of .23, as measured
_TOPICS: Final = 40


def entries(count: int, seed: int = 1) -> Iterator[LibraryEntry]:
    """Yield images of ten libraries, numbered from 0; the same ones for the same seed."""
    random = np.random.default_rng(seed)
    topics = random.standard_normal((_TOPICS, EMBEDDING_SIZE)).astype(np.float32)
    for start in range(0, count, _CHUNK):
        hashes = random.integers(0, 256, (_CHUNK, 17, HASH_BYTES), np.uint8)
        embeddings = _embeddings(random, topics)
        trimmed = random.random(_CHUNK) < TRIMMED_SHARE
        for row in range(min(_CHUNK, count - start)):
            fingerprint = Fingerprint(
                pdq=hashes[row, : len(ORIENTATIONS)],
                trimmed_pdq=hashes[row, 8:16] if trimmed[row] else hashes[row, :0],
                dhash=hashes[row, 16],
                embedding=embeddings[row],
                quality=100,
                graphic=False,
            )
            yield LibraryEntry(row % LIBRARY_COUNT + 1, start + row, fingerprint)


def _embeddings(random: np.random.Generator, topics: NDArray[np.float32]) -> NDArray[np.float32]:
    shares = random.standard_normal((_CHUNK, _TOPICS)).astype(np.float32) / np.sqrt(_TOPICS)
    own = random.standard_normal((_CHUNK, EMBEDDING_SIZE)).astype(np.float32)
    rows = _COMMON_PART * topics[0] + 0.6 * (shares @ topics) + 0.8 * own
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    halves: NDArray[np.float16] = rows.astype(np.float16)
    return halves.astype(np.float32)


def hashes_only(fingerprint: Fingerprint) -> Fingerprint:
    """Return the fingerprint without anything but the PDQ hashes of the whole picture."""
    return replace(
        fingerprint,
        trimmed_pdq=fingerprint.trimmed_pdq[:0],
        dhash=fingerprint.dhash[:0],
        embedding=fingerprint.embedding[:0],
    )


def edited(fingerprint: Fingerprint, seed: int, *, bits: int, cosine: float) -> Fingerprint:
    """Return the fingerprint of an edit: hashes so many bits away, the embedding so near."""
    random = np.random.default_rng(seed)
    flips = np.zeros(HASH_BYTES * 8, np.uint8)
    flips[random.permutation(len(flips))[:bits]] = 1
    packed = np.packbits(flips)
    return replace(
        fingerprint,
        pdq=fingerprint.pdq ^ packed,
        trimmed_pdq=random.integers(0, 256, (8, HASH_BYTES), np.uint8),
        dhash=fingerprint.dhash ^ packed,
        embedding=_at_cosine(fingerprint.embedding, cosine, random),
    )


def _at_cosine(
    embedding: NDArray[np.float32], cosine: float, random: np.random.Generator
) -> NDArray[np.float32]:
    noise = random.standard_normal(EMBEDDING_SIZE).astype(np.float32)
    across = noise - embedding * float(noise @ embedding)
    across /= np.linalg.norm(across)
    return unit_embedding(cosine * embedding + np.sqrt(1 - cosine**2).astype(np.float32) * across)
