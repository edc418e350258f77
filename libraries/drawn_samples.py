"""Samples that are drawn rather than photographed, in any number, for measuring large libraries."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from libraries.samples import Sample
from moderation import perceptual_hash
from moderation.fingerprint import EMBEDDING_SIZE, Fingerprint, unit_embedding

_BLOCKS = 8
_SIDE_PX = 64
_EMBEDDING_SHAPE = 0.28
"""Gives pairs of embeddings the cosine that different photographs have in the median, 0.21."""


def drawn_samples(count: int, seed: int = 0) -> Iterator[Sample]:
    """Yield samples of pictures of random blots, always the same ones for a seed.

    The hashes are those of the pictures; the embeddings are random ones, spread like those of
    photographs, since the network would take hours for 100,000. Nothing is kept to show.
    """
    random = np.random.default_rng(seed)
    for number in range(1, count + 1):
        yield _drawn_sample(random, f"drawn {number}")


def _drawn_sample(random: np.random.Generator, name: str) -> Sample:
    blocks = random.integers(0, 256, (_BLOCKS, _BLOCKS), np.uint8)
    picture = Image.fromarray(blocks).resize((_SIDE_PX, _SIDE_PX), Image.Resampling.BICUBIC)
    square = perceptual_hash.luma_square(picture)
    embedding = random.standard_gamma(_EMBEDDING_SHAPE, EMBEDDING_SIZE, np.float32)
    fingerprint = Fingerprint(
        pdq=perceptual_hash.pdq_orientations(picture),
        trimmed_pdq=np.empty((0, perceptual_hash.HASH_BYTES), np.uint8),
        dhash=perceptual_hash.dhash(picture),
        embedding=unit_embedding(embedding),
        quality=perceptual_hash.pdq_quality(square),
        graphic=False,
    )
    return Sample(name=name, digest=f"pdq:{fingerprint.pdq_hex}", fingerprint=fingerprint)
