"""Stores samples as images of a library, many in one transaction, and publishes them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from console.files import write_file
from console.models import Author, Member, Publication
from console.services import locked_account, publish
from libraries import errors
from libraries.duplicates import AccountImages
from libraries.files import delete_files
from libraries.models import ImageLibrary, LibraryImage
from libraries.samples import Sample

MAX_PUBLISHED = 1_000  # ids in one publication

Outcome = LibraryImage | errors.LibraryError


def add_samples(
    *,
    library: ImageLibrary,
    samples: Sequence[Sample],
    author: Author | None,
    is_held: bool = False,
) -> list[Outcome]:
    """Add samples to a library in one transaction and publish them, unless they are held.

    Returns, for each sample, the image that it became, or why it was refused: DuplicateImage
    or LibraryFull.
    Raises ImageLibrary.DoesNotExist if the library was deleted meanwhile, or is about to be.
    """
    written: list[LibraryImage] = []
    try:
        with transaction.atomic():
            account = locked_account(library.account_id)
            library = account.image_libraries.get(pk=library.pk, is_being_deleted=False)
            outcomes = _store_all(library, samples, author, written, is_held=is_held)
            if not is_held:
                announce(library, [image.pk for image in written])
    except (DatabaseError, OSError):
        delete_files(written)
        raise
    return outcomes


def _store_all(
    library: ImageLibrary,
    samples: Sequence[Sample],
    author: Author | None,
    written: list[LibraryImage],
    *,
    is_held: bool,
) -> list[Outcome]:
    """Store what is not refused; written collects the images that may have files."""
    limit = settings.MAX_LIBRARY_IMAGES
    room = limit - library.account.library_images.count()
    known = AccountImages(library.account, samples)
    same: dict[int, LibraryImage] = {}
    outcomes: list[Outcome] = []
    for number, sample in enumerate(samples):
        if twin := known.same_as(sample):
            same[number] = twin
            outcomes.append(twin)
        elif len(written) >= room:
            outcomes.append(errors.LibraryFull(limit))
        else:
            image = _image_of(library, sample, author)
            image.is_held = is_held
            written.append(image)
            _write_files(image, sample)
            known.add(image, sample)
            outcomes.append(image)
    LibraryImage.objects.bulk_create(written)
    # Only now, since some are the same as others that have their numbers now.
    return [
        errors.DuplicateImage(same[number]) if number in same else outcome
        for number, outcome in enumerate(outcomes)
    ]


def _image_of(library: ImageLibrary, sample: Sample, author: Author | None) -> LibraryImage:
    return LibraryImage(
        account=library.account,
        library=library,
        name=sample.name,
        digest=sample.digest,
        fingerprint=sample.fingerprint.to_bytes(),
        pdq=sample.fingerprint.pdq[0].tobytes(),
        local_features=sample.local_features,
        picture_format=sample.picture_format,
        width=sample.width,
        height=sample.height,
        size_bytes=sample.size_bytes,
        added_by=author if isinstance(author, Member) else None,
    )


def _write_files(image: LibraryImage, sample: Sample) -> None:
    """Write the files first, so that no row points at a file that is not there."""
    if sample.renditions is not None:
        token = secrets.token_hex(12)
        folder = f"{image.account_id}/{token[:2]}"
        write_file(image.thumbnail, f"{folder}/{token}.webp", sample.renditions.thumbnail)
        write_file(image.preview, f"{folder}/{token}.jpg", sample.renditions.preview)


def announce(library: ImageLibrary, image_ids: Sequence[int]) -> None:
    """Note the time of the change, and have every process take it over."""
    if not image_ids:
        return
    ImageLibrary.objects.filter(pk=library.pk).update(changed_at=timezone.now())
    for ids in _chunks(image_ids):
        publish(
            account=library.account,
            topic=Publication.Topic.IMAGES,
            subject_id=library.pk,
            details={"image_ids": ids},
        )


def _chunks(image_ids: Sequence[int]) -> Iterable[list[int]]:
    for start in range(0, len(image_ids), MAX_PUBLISHED):
        yield list(image_ids[start : start + MAX_PUBLISHED])
