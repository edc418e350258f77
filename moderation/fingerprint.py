"""The hashes and the embedding by which a picture is compared with library images."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from moderation import perceptual_hash
from moderation.lazy import once
from moderation.perceptual_hash import HASH_BYTES, ORIENTATIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moderation.context import ImageContext

FINGERPRINT_VERSION = 1
"""Raised whenever the same picture would get another fingerprint; stored ones are made anew."""

EMBEDDING_SIZE = 1280
MIN_QUALITY = 50
_MIN_PHOTO_QUALITY = 80

_HEADER = struct.Struct("<HBBB")  # version, quality, graphic, number of trimmed orientations
_ORIENTATION_COUNT = len(ORIENTATIONS)


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What is remembered of a picture so that copies of it are recognised.

    pdq: shape (8, 32), the packed 256-bit PDQ hash of the picture in each of ORIENTATIONS.
    trimmed_pdq: the same without the plain borders; shape (0, 32) if there are none.
    dhash: shape (32,), the packed 256-bit difference hash.
    embedding: shape (1280,), of length 1, in values that half precision can hold.
    quality: PDQ quality, 0 to 100; below MIN_QUALITY the picture is too plain to be matched.
    graphic: drawn rather than photographed, such as a logo: many such pictures look alike.
    """

    pdq: NDArray[np.uint8]
    trimmed_pdq: NDArray[np.uint8]
    dhash: NDArray[np.uint8]
    embedding: NDArray[np.float32]
    quality: int
    graphic: bool
    version: int = FINGERPRINT_VERSION

    @property
    def is_matchable(self) -> bool:
        """Say whether the picture has enough detail; all plain pictures share one hash."""
        return self.quality >= MIN_QUALITY

    @property
    def pdq_hex(self) -> str:
        """Return the PDQ hash as other systems exchange it."""
        upright: bytes = self.pdq[0].tobytes()
        return upright.hex()

    def to_bytes(self) -> bytes:
        """Return the fingerprint as from_bytes() reads it, about 3 kB."""
        header = _HEADER.pack(self.version, self.quality, self.graphic, len(self.trimmed_pdq))
        hashes = self.pdq.tobytes() + self.trimmed_pdq.tobytes() + self.dhash.tobytes()
        return header + hashes + self.embedding.astype("<f2").tobytes()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read what to_bytes() wrote.

        Raises ValueError if it is of another version or damaged.
        """
        if stored_version(content) != FINGERPRINT_VERSION or len(content) < _HEADER.size:
            raise ValueError(f"not a fingerprint of version {FINGERPRINT_VERSION}")
        _, quality, graphic, trimmed_count = _HEADER.unpack_from(content)
        hash_count = _ORIENTATION_COUNT + trimmed_count + 1
        hashes_end = _HEADER.size + hash_count * HASH_BYTES
        if len(content) != hashes_end + EMBEDDING_SIZE * 2:
            raise ValueError(f"a fingerprint of {len(content)} bytes is damaged")
        hashes = np.frombuffer(content[_HEADER.size : hashes_end], np.uint8).reshape(-1, HASH_BYTES)
        return cls(
            pdq=hashes[:_ORIENTATION_COUNT],
            trimmed_pdq=hashes[_ORIENTATION_COUNT:-1],
            dhash=hashes[-1],
            embedding=np.frombuffer(content[hashes_end:], "<f2").astype(np.float32),
            quality=quality,
            graphic=bool(graphic),
        )


def stored_version(content: bytes) -> int:
    """Return the version of a stored fingerprint; 0 if there is none."""
    return int.from_bytes(content[:2], "little")


def fingerprint_of(context: ImageContext) -> Fingerprint:
    """Compute the fingerprint of a picture."""
    views = _HashViews(context.rgb)
    quality = perceptual_hash.pdq_quality(views.square)
    return Fingerprint(
        pdq=perceptual_hash.pdq_orientations(views.square),
        trimmed_pdq=views.trimmed_pdq,
        dhash=perceptual_hash.dhash(views.luma),
        embedding=unit_embedding(context.objects.embedding),
        quality=quality,
        graphic=quality < _MIN_PHOTO_QUALITY or perceptual_hash.is_graphic(context.rgb),
    )


def unit_embedding(embedding: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale an embedding to length 1, rounded as it is stored; a zero one stays zero."""
    length = float(np.linalg.norm(embedding))
    unit = embedding.ravel() / (length or 1.0)
    return unit.astype(np.float16).astype(np.float32)


class _HashViews:
    """The reduced views of one picture from which the hashes are computed."""

    def __init__(self, rgb: NDArray[np.uint8]) -> None:
        self.luma = perceptual_hash.luma(rgb)

    @once
    def square(self) -> NDArray[np.float32]:
        return perceptual_hash.luma_square(self.luma)

    @once
    def trimmed_pdq(self) -> NDArray[np.uint8]:
        trimmed = perceptual_hash.without_borders(self.luma)
        if trimmed is None:
            return np.empty((0, HASH_BYTES), np.uint8)
        square = perceptual_hash.luma_square(trimmed)
        if perceptual_hash.pdq_quality(square) < MIN_QUALITY:
            return np.empty((0, HASH_BYTES), np.uint8)
        return perceptual_hash.pdq_orientations(square)
