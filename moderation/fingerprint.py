"""The hashes and the embedding by which a picture is compared with library images."""

from __future__ import annotations

import re
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
_MAX_QUALITY = 100
_MIN_PHOTO_QUALITY = 80

_HEADER = struct.Struct("<HBBB")  # version, quality, flags, number of trimmed orientations
HEADER_SIZE = _HEADER.size
_PDQ_HEX = re.compile(r"[0-9a-fA-F]{64}")
_GRAPHIC_FLAG, _ONLY_PDQ_FLAG = 1, 2
_ORIENTATION_COUNT = len(ORIENTATIONS)


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What is remembered of a picture so that copies of it are recognised.

    pdq: shape (8, 32), the packed 256-bit PDQ hash of the picture in each of ORIENTATIONS;
        shape (1, 32) if nothing but a hash is known, and dhash and embedding are empty then.
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
    def has_only_pdq(self) -> bool:
        """Say whether it was made of a PDQ hash, without the picture."""
        return len(self.dhash) == 0

    @property
    def votes_as_photo(self) -> bool:
        """Say whether the difference hash and the embedding count, not the PDQ hash alone."""
        return not self.graphic and not self.has_only_pdq

    @property
    def pdq_hex(self) -> str:
        """Return the PDQ hash as other systems exchange it."""
        upright: bytes = self.pdq[0].tobytes()
        return upright.hex()

    def to_bytes(self) -> bytes:
        """Return the fingerprint as from_bytes() reads it, about 3 kB."""
        flags = self.graphic * _GRAPHIC_FLAG | self.has_only_pdq * _ONLY_PDQ_FLAG
        header = _HEADER.pack(self.version, self.quality, flags, len(self.trimmed_pdq))
        hashes = self.pdq.tobytes() + self.trimmed_pdq.tobytes() + self.dhash.tobytes()
        return header + hashes + self.embedding.astype("<f2").tobytes()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read what to_bytes() wrote.

        Raises ValueError if it is of another version or damaged.
        """
        if stored_version(content) != FINGERPRINT_VERSION or len(content) < HEADER_SIZE:
            raise ValueError(f"not a fingerprint of version {FINGERPRINT_VERSION}")
        _, quality, flags, trimmed_count = _HEADER.unpack_from(content)
        only_pdq = bool(flags & _ONLY_PDQ_FLAG)
        pdq_count, dhash_count = (1, 0) if only_pdq else (_ORIENTATION_COUNT, 1)
        hash_count = pdq_count + trimmed_count + dhash_count
        hashes_end = _HEADER.size + hash_count * HASH_BYTES
        if len(content) != hashes_end + EMBEDDING_SIZE * 2 * (not only_pdq):
            raise ValueError(f"a fingerprint of {len(content)} bytes is damaged")
        hashes = np.frombuffer(content[_HEADER.size : hashes_end], np.uint8).reshape(-1, HASH_BYTES)
        return cls(
            pdq=hashes[:pdq_count],
            trimmed_pdq=hashes[pdq_count : pdq_count + trimmed_count],
            dhash=hashes[pdq_count + trimmed_count :].reshape(-1),
            embedding=np.frombuffer(content[hashes_end:], "<f2").astype(np.float32),
            quality=quality,
            graphic=bool(flags & _GRAPHIC_FLAG),
        )

    @classmethod
    def from_pdq(cls, pdq_hex: str, quality: int = 100) -> Self:
        """Make a fingerprint of a PDQ hash alone, as lists of hashes have them.

        Turned and mirrored copies still match: their side is turned. Edits that only the other
        votes recognise do not.

        pdq_hex: 64 hexadecimal digits.
        quality: PDQ's, 0 to 100, if the list names it.

        Raises ValueError if it is not such a hash or quality.
        """
        if not _PDQ_HEX.fullmatch(pdq_hex):
            raise ValueError(
                f"a PDQ hash has {HASH_BYTES * 2} hexadecimal digits: {pdq_hex[:80]!r}"
            )
        if not 0 <= quality <= _MAX_QUALITY:
            raise ValueError(f"a PDQ quality is a number from 0 to {_MAX_QUALITY}: {quality}")
        return cls(
            pdq=np.frombuffer(bytes.fromhex(pdq_hex), np.uint8)[None, :],
            trimmed_pdq=np.empty((0, HASH_BYTES), np.uint8),
            dhash=np.empty(0, np.uint8),
            embedding=np.empty(0, np.float32),
            quality=quality,
            graphic=quality < _MIN_PHOTO_QUALITY,
        )


def stored_version(content: bytes) -> int:
    """Return the version of a stored fingerprint; 0 if there is none."""
    return int.from_bytes(content[:2], "little")


def fingerprint_of(context: ImageContext) -> Fingerprint:
    """Compute the fingerprint of a picture."""
    views = _HashViews(context.rgb)
    quality = perceptual_hash.pdq_quality(perceptual_hash.luma_square(views.luma))
    return Fingerprint(
        pdq=perceptual_hash.pdq_orientations(views.luma),
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
    def trimmed_pdq(self) -> NDArray[np.uint8]:
        trimmed = perceptual_hash.without_borders(self.luma)
        if trimmed is None:
            return np.empty((0, HASH_BYTES), np.uint8)
        square = perceptual_hash.luma_square(trimmed)
        if perceptual_hash.pdq_quality(square) < MIN_QUALITY:
            return np.empty((0, HASH_BYTES), np.uint8)
        return perceptual_hash.pdq_orientations(trimmed)
