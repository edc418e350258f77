"""What writes images of libraries: adding, moving and deleting them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from console.models import Member
from console.services import record
from libraries import errors, uploads
from libraries.adding import add_samples, announce
from libraries.files import delete_files
from libraries.models import ImageLibrary, LibraryImage
from libraries.samples import MAX_SAMPLE_BYTES, sample_of_picture
from libraries.uploads import Upload
from moderation.errors import ModerationError


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


def add_upload(*, library: ImageLibrary, file: UploadedFile[bytes], author: Member) -> Upload:
    """Add an uploaded file to a library, and say what became of it.

    Raises ImageLibrary.DoesNotExist if the library was deleted meanwhile.
    """
    name = file.name or ""
    if (file.size or 0) > MAX_SAMPLE_BYTES:
        return uploads.too_large(name)
    try:
        image = add_image(library=library, content=file.read(), name=name, author=author)
    except (errors.LibraryError, ModerationError) as error:
        return uploads.refused(name, error)
    return Upload(name=image.name, image=image)


@transaction.atomic
def delete_images(*, library: ImageLibrary, image_ids: Collection[int], author: Member) -> int:
    """Delete images of a library and return how many there were; others do not matter."""
    images = list(library.images.filter(pk__in=image_ids).only("pk", "thumbnail", "preview"))
    found = [image.pk for image in images]
    library.images.filter(pk__in=found).delete()
    announce(library, found)
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
    announce(library, found)
    announce(target, found)
    _record(author, "image_library.move_images", library, found, to=target.name)
    return len(found)


def _record(
    author: Member, action: str, library: ImageLibrary, image_ids: Sequence[int], **more: str
) -> None:
    if image_ids:
        details = {"library": library.pk, "images": list(image_ids), **more}
        record(actor=author, action=action, subject=library.name, details=details)
