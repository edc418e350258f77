"""What writes image libraries themselves: creating, changing, emptying and deleting them."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from console.models import Account, Member, Publication
from console.services import publish, record
from libraries import errors, tasks
from libraries.image_library_links import places_of
from libraries.models import ImageLibrary


@transaction.atomic
def create_image_library(
    *,
    account: Account,
    name: str,
    description: str,
    author: Member,
    deep_match: bool = False,
) -> ImageLibrary:
    """Create an image library without images.

    deep_match: recognise parts of its images as well.

    Raises TooManyLibraries or LibraryNameTaken.
    """
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.image_libraries.count() >= settings.MAX_IMAGE_LIBRARIES:
        raise errors.TooManyLibraries(settings.MAX_IMAGE_LIBRARIES)
    _check_name(account, name)
    library = ImageLibrary.objects.create(
        account=account, name=name, description=description, deep_match=deep_match
    )
    record(
        actor=author,
        action="image_library.create",
        subject=name,
        details={
            "library": library.pk,
            "description": description,
            "deep_match": deep_match,
        },
    )
    return library


@transaction.atomic
def change_image_library(
    *,
    library: ImageLibrary,
    name: str,
    description: str,
    author: Member,
    deep_match: bool | None = None,
) -> None:
    """Change the name, the description and whether parts of its images are recognised.

    deep_match: None for as it is.

    Raises LibraryNameTaken.
    """
    account = Account.objects.select_for_update().get(pk=library.account_id)
    library = account.image_libraries.get(pk=library.pk)
    _check_name(account, name, besides=library)
    matched_deeply = library.deep_match
    details = {"library": library.pk, "name_before": library.name, "description": description}
    library.name, library.description = name, description
    library.deep_match = matched_deeply if deep_match is None else deep_match
    library.save(update_fields=["name", "description", "deep_match", "changed_at"])
    if library.deep_match != matched_deeply:
        details["deep_match"] = library.deep_match
        publish(account=account, topic=Publication.Topic.IMAGES, subject_id=library.pk)
    record(actor=author, action="image_library.change", subject=name, details=details)


def _check_name(account: Account, name: str, besides: ImageLibrary | None = None) -> None:
    named = account.image_libraries.filter(name=name).first()
    if named is not None and named != besides:
        raise errors.LibraryNameTaken(name)


@transaction.atomic
def empty_image_library(*, library: ImageLibrary, author: Member) -> int:
    """Delete all images of a library, however many; return how many there were."""
    deleted = _delete_all_images(library)
    details = {"library": library.pk, "images": deleted}
    record(actor=author, action="image_library.empty", subject=library.name, details=details)
    return deleted


@transaction.atomic
def delete_image_library(*, library: ImageLibrary, author: Member) -> None:
    """Delete a library with its images. Raises LibraryInUse while a service uses it."""
    account = Account.objects.select_for_update().get(pk=library.account_id)
    library = account.image_libraries.select_for_update().get(pk=library.pk)
    if places := places_of(library):
        raise errors.LibraryInUse([str(place) for place in places])
    details = {"library": library.pk, "images": _delete_all_images(library)}
    record(actor=author, action="image_library.delete", subject=library.name, details=details)
    library.delete()


def _delete_all_images(library: ImageLibrary) -> int:
    """Delete the rows in one statement; a task looks for their files afterwards."""
    deleted, _ = library.images.all().delete()
    ImageLibrary.objects.filter(pk=library.pk).update(changed_at=timezone.now())
    publish(
        account=library.account,
        topic=Publication.Topic.IMAGES,
        subject_id=library.pk,
        details={"library_deleted": True},
    )
    transaction.on_commit(partial(tasks.enqueue_stray_files, library.account_id))
    return deleted
