"""What writes images of libraries: adding, moving and deleting them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.module_loading import import_string

from console.models import Author
from console.services import locked_account, record
from libraries import errors, uploads
from libraries.adding import add_samples, announce
from libraries.files import delete_files
from libraries.models import ImageLibrary, LibraryImage
from libraries.places import places_of
from libraries.samples import MAX_SAMPLE_BYTES, Sample, sample_of_picture
from libraries.uploads import Upload
from moderation.errors import ModerationError


def add_image(
    *, library: ImageLibrary, content: bytes, name: str, author: Author, is_held: bool = False
) -> LibraryImage:
    """Add an uploaded picture to a library, which matches it as soon as that is published.

    name: of the file.
    is_held: it is not published before go_live() is called.

    Raises DuplicateImage, ImageTooPlain, LibraryFull, ImageLibrary.DoesNotExist if the library
    was deleted meanwhile, and moderation's ImageTooLarge and FormatNotSupported.
    """
    return add_sample(
        library=library, sample=sample_of_picture(content, name), author=author, is_held=is_held
    )


@transaction.atomic
def add_sample(
    *, library: ImageLibrary, sample: Sample, author: Author, is_held: bool = False
) -> LibraryImage:
    """Add a picture that was made ready, as add_image() does."""
    [outcome] = add_samples(library=library, samples=[sample], author=author, is_held=is_held)
    if isinstance(outcome, errors.LibraryError):
        raise outcome
    details = {"library": library.pk, "image": outcome.pk}
    if is_held:
        details["held"] = True
    record(actor=author, action="image_library.add_image", subject=library.name, details=details)
    return outcome


def add_checked_sample(
    *,
    library: ImageLibrary,
    sample: Sample,
    author: Author,
    has_findings: Callable[[LibraryImage], bool],
) -> LibraryImage:
    """Add a picture; if services use the library, it is held until it has been checked.

    It stays held if something was found: somebody has to look at that first. Raises as
    add_image() does; call it outside of any transaction, since the check may take a second.
    """
    image = add_sample(
        library=library, sample=sample, author=author, is_held=bool(places_of(library))
    )
    release_unless(image, has_findings)
    return image


def release_unless(image: LibraryImage, has_findings: Callable[[LibraryImage], bool]) -> None:
    """Publish an image that was held to be checked, unless something is found."""
    if image.is_held and not has_findings(image):
        _release(image)


def add_upload(*, library: ImageLibrary, file: UploadedFile[bytes], author: Author) -> Upload:
    """Add an uploaded file to a library with a check, and say what became of it.

    Raises ImageLibrary.DoesNotExist if the library was deleted meanwhile.
    """
    name = file.name or ""
    if (file.size or 0) > MAX_SAMPLE_BYTES:
        return uploads.too_large(name)
    try:
        image = add_checked_sample(
            library=library,
            sample=sample_of_picture(file.read(), name),
            author=author,
            has_findings=import_string(settings.SAMPLE_CHECK),
        )
    except (errors.LibraryError, ModerationError) as error:
        return uploads.refused(name, error)
    return Upload(name=image.name, image=image)


@transaction.atomic
def go_live(*, image: LibraryImage, author: Author) -> None:
    """Publish an image that was held; nothing changes if it is live already."""
    if _release(image):
        _record(author, "image_library.go_live", image.library, [image.pk])


@transaction.atomic
def _release(image: LibraryImage) -> bool:
    """Publish the image if it is still held, and say whether it was."""
    locked_account(image.account_id)
    is_released = bool(LibraryImage.objects.filter(pk=image.pk).held().update(is_held=False))
    if is_released:
        announce(image.library, [image.pk])
    image.is_held = False
    return is_released


@transaction.atomic
def discard_image(*, image: LibraryImage, author: Author) -> None:
    """Delete an image that is held.

    Raises LibraryImage.DoesNotExist if it was deleted, or has gone live, meanwhile.
    """
    locked_account(image.account_id)
    LibraryImage.objects.held().get(pk=image.pk)
    delete_images(library=image.library, image_ids=[image.pk], author=author)


@transaction.atomic
def delete_images(*, library: ImageLibrary, image_ids: Collection[int], author: Author) -> int:
    """Delete images of a library and return how many there were; others do not matter.

    Raises ImageLibrary.DoesNotExist if the library was deleted meanwhile.
    """
    library = locked_account(library.account_id).image_libraries.get(pk=library.pk)
    images = list(library.images.filter(pk__in=image_ids).only("pk", "thumbnail", "preview"))
    found = [image.pk for image in images]
    library.images.filter(pk__in=found).delete()
    announce(library, found)
    _record(author, "image_library.delete_images", library, found)
    transaction.on_commit(partial(delete_files, images))
    return len(found)


@transaction.atomic
def move_images(
    *, library: ImageLibrary, target: ImageLibrary, image_ids: Collection[int], author: Author
) -> int:
    """Move images to another library of the account; return how many there were.

    Raises ImageLibrary.DoesNotExist if one of the libraries was deleted meanwhile.
    """
    libraries = locked_account(library.account_id).image_libraries
    library, target = libraries.get(pk=library.pk), libraries.kept().get(pk=target.pk)
    found = list(library.images.filter(pk__in=image_ids).values_list("pk", flat=True))
    library.images.filter(pk__in=found).update(library=target)
    announce(library, found)
    announce(target, found)
    _record(author, "image_library.move_images", library, found, to=target.name)
    return len(found)


def _record(
    author: Author, action: str, library: ImageLibrary, image_ids: Sequence[int], **more: str
) -> None:
    if image_ids:
        details = {"library": library.pk, "images": list(image_ids), **more}
        record(actor=author, action=action, subject=library.name, details=details)
