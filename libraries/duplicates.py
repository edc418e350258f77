"""Finds the same picture among all images of an account."""

from __future__ import annotations

from collections.abc import Iterable

from console.models import Account
from libraries.models import LibraryImage
from libraries.samples import Sample
from moderation.fingerprint import Fingerprint
from moderation.hash_list import HashList
from moderation.similarity import (
    DUPLICATE_DHASH_BITS,
    DUPLICATE_GRAPHIC_PDQ_BITS,
    DUPLICATE_PDQ_BITS,
    hamming_distances,
)


class AccountImages:
    """The images of an account as they are when something is added.

    The hashes are read from an index of the database, 0.1 s for 100,000 images, since neither
    the index that moderates nor another process can say what has been added a moment ago.
    """

    def __init__(self, account: Account, samples: Iterable[Sample]) -> None:
        self._images = account.library_images.select_related("library")
        self._added: list[LibraryImage] = []  # their ids are -1, -2 ...
        digests = [sample.digest for sample in samples]
        self._ids_by_digest = dict(
            account.library_images.filter(digest__in=digests).values_list("digest", "pk")
        )
        rows = account.library_images.exclude(pdq=b"").order_by("pdq")
        self._hashes = HashList(rows.values_list("pk", "pdq").iterator(chunk_size=10_000))

    def add(self, image: LibraryImage, sample: Sample) -> None:
        """Take note of an image that was added since; it need not be stored yet."""
        self._added.append(image)
        image_id = -len(self._added)
        self._ids_by_digest[sample.digest] = image_id
        self._hashes.add(image_id, sample.fingerprint.pdq[0])

    def same_as(self, sample: Sample) -> LibraryImage | None:
        """Return the image that is the same file, or the same picture encoded anew."""
        if known := self._ids_by_digest.get(sample.digest):
            return self._found([known])[0]
        near = self._hashes.near(sample.fingerprint.pdq[0], DUPLICATE_PDQ_BITS)
        images = self._found([image_id for image_id, _ in near])
        return next(
            (
                image
                for image, (_, bits) in zip(images, near, strict=True)
                if not image.is_outdated and _is_same(image.hashes, sample.fingerprint, bits)
            ),
            None,
        )

    def _found(self, image_ids: list[int]) -> list[LibraryImage]:
        stored = self._images.in_bulk([image_id for image_id in image_ids if image_id > 0])
        return [
            stored[image_id] if image_id > 0 else self._added[-image_id - 1]
            for image_id in image_ids
        ]


def _is_same(first: Fingerprint, second: Fingerprint, pdq_bits: int) -> bool:
    """Decide as the index that moderates does; for drawings, the PDQ hash alone tells."""
    if first.graphic or second.graphic:
        return pdq_bits <= DUPLICATE_GRAPHIC_PDQ_BITS
    if first.has_only_pdq or second.has_only_pdq:
        return True
    bits = int(hamming_distances(first.dhash, second.dhash[None, :])[0])
    return bits <= DUPLICATE_DHASH_BITS
