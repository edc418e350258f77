"""What writes images of libraries: adding, moving and deleting them."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from functools import partial

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from console.files import write_file
from console.models import Account, Member, Publication
from console.services import publish, record
from libraries import errors
from libraries.duplicates import AccountImages
from libraries.files import delete_files
from libraries.models import ImageLibrary, LibraryImage
from libraries.samples import Sample, sample_of_picture

MAX_PUBLISHED = 1_000  # ids in one publication

Outcome = LibraryImage | errors.LibraryError


def add_image(*, library: ImageLibrary, content: bytes, name: str, author: Member) -> LibraryImage:
    """Add an uploaded picture to a library, which matches it as soon as that is published.

    name: of the file.

    Raises DuplicateImage, ImageTooPlain, LibraryFull, ImageLibrary.DoesNotExist if the library
    was deleted meanwhile, and moderation's ImageTooLarge and FormatNotSupported.
    """
    sample = sample_of_picture(content, name)
    with transaction.atomic():
        [outcome] = add_samples(library=library, samples=[sample], author=author)
        if isinstance(outcome, errors.LibraryError):
            raise outcome
        details = {"library": library.pk, "image": outcome.pk}
        record(
            actor=author, action="image_library.add_image", subject=library.name, details=details
        )
    return outcome


def add_samples(
    *, library: ImageLibrary, samples: Sequence[Sample], author: Member | None
) -> list[Outcome]:
    """Add samples to a library in one transaction and publish them.

    Returns, for each sample, the image that it became, or why it was refused: DuplicateImage
    or LibraryFull.
    Raises ImageLibrary.DoesNotExist if the library was deleted meanwhile.
    """
    written: list[LibraryImage] = []
    try:
        with transaction.atomic():
            account = Account.objects.select_for_update().get(pk=library.account_id)
            library = account.image_libraries.get(pk=library.pk)
            outcomes = _store_all(library, samples, author, written)
            _announce(library, [one.pk for one in outcomes if isinstance(one, LibraryImage)])
    except (DatabaseError, OSError):
        delete_files(written)
        raise
    return outcomes


def _store_all(
    library: ImageLibrary,
    samples: Sequence[Sample],
    author: Member | None,
    written: list[LibraryImage],
) -> list[Outcome]:
    """Store what is not refused; written collects the images that may have files."""
    limit = settings.MAX_LIBRARY_IMAGES
    room = limit - library.account.library_images.count()
    known = AccountImages(library.account, samples)
    outcomes: list[Outcome] = []
    for sample in samples:
        if same := known.same_as(sample):
            outcomes.append(errors.DuplicateImage(same))
        elif len(written) >= room:
            outcomes.append(errors.LibraryFull(limit))
        else:
            image = _image_of(library, sample, author)
            written.append(image)
            _store(image, sample)
            known.add(image, sample)
            outcomes.append(image)
    return outcomes


def _image_of(library: ImageLibrary, sample: Sample, author: Member | None) -> LibraryImage:
    return LibraryImage(
        account=library.account,
        library=library,
        name=sample.name,
        digest=sample.digest,
        fingerprint=sample.fingerprint.to_bytes(),
        pdq=sample.fingerprint.pdq[0].tobytes(),
        picture_format=sample.picture_format,
        width=sample.width,
        height=sample.height,
        size_bytes=sample.size_bytes,
        added_by=author,
    )


def _store(image: LibraryImage, sample: Sample) -> None:
    """Write the files first, so that no row points at a file that is not there."""
    if sample.renditions is not None:
        token = secrets.token_hex(12)
        folder = f"{image.account_id}/{token[:2]}"
        write_file(image.thumbnail, f"{folder}/{token}.webp", sample.renditions.thumbnail)
        write_file(image.preview, f"{folder}/{token}.jpg", sample.renditions.preview)
    image.save(force_insert=True)


@transaction.atomic
def delete_images(*, library: ImageLibrary, image_ids: Collection[int], author: Member) -> int:
    """Delete images of a library and return how many there were; others do not matter."""
    images = list(library.images.filter(pk__in=image_ids).only("pk", "thumbnail", "preview"))
    found = [image.pk for image in images]
    library.images.filter(pk__in=found).delete()
    _announce(library, found)
    _record(author, "image_library.delete_images", library, found)
    transaction.on_commit(partial(delete_files, images))
    return len(found)


@transaction.atomic
def move_images(
    *, library: ImageLibrary, target: ImageLibrary, image_ids: Collection[int], author: Member
) -> int:
    """Move images to another library of the account; return how many there were."""
    found = list(library.images.filter(pk__in=image_ids).values_list("pk", flat=True))
    library.images.filter(pk__in=found).update(library=target)
    _announce(library, found)
    _announce(target, found)
    _record(author, "image_library.move_images", library, found, to=target.name)
    return len(found)


def _announce(library: ImageLibrary, image_ids: Sequence[int]) -> None:
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


def _record(
    author: Member, action: str, library: ImageLibrary, image_ids: Sequence[int], **more: str
) -> None:
    if image_ids:
        details = {"library": library.pk, "images": list(image_ids), **more}
        record(actor=author, action=action, subject=library.name, details=details)
