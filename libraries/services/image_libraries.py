"""What writes image libraries themselves: creating, changing, emptying and deleting them."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.db import transaction

from console.models import Account, Author, Publication
from console.services import locked_account, publish, record
from libraries import emptying, errors, tasks
from libraries.models import ImageLibrary
from libraries.names import check_texts
from libraries.places import places_of


@transaction.atomic
def create_image_library(
    *,
    account: Account,
    name: str,
    description: str,
    author: Author,
    deep_match: bool = False,
) -> ImageLibrary:
    """Create an image library without images.

    deep_match: recognise parts of its images as well.

    Raises TooManyLibraries, LibraryNameTaken or InvalidText.
    """
    check_texts(name=name, description=description)
    account = locked_account(account.pk)
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
    author: Author,
    deep_match: bool | None = None,
) -> None:
    """Change the name, the description and whether parts of its images are recognised.

    deep_match: None for as it is.

    Raises LibraryNameTaken or InvalidText.
    """
    check_texts(name=name, description=description)
    account = locked_account(library.account_id)
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
def empty_image_library(*, library: ImageLibrary, author: Author) -> int:
    """Delete the images that a library has now; return how many there were.

    More than a batch are deleted by the worker, some at a time; until then they match.

    Raises ImageLibrary.DoesNotExist if it was deleted meanwhile.
    """
    library = locked_account(library.account_id).image_libraries.get(pk=library.pk)
    count = library.images.count()
    details = {"library": library.pk, "images": count}
    record(actor=author, action="image_library.empty", subject=library.name, details=details)
    emptying.start(library, delete=False)
    _go_on_emptying(library, count)
    return count


@transaction.atomic
def delete_image_library(*, library: ImageLibrary, author: Author) -> bool:
    """Delete a library with its images; say whether it is gone, or the worker has to empty it.

    Raises LibraryInUse while a service uses it.
    """
    library = locked_account(library.account_id).image_libraries.get(pk=library.pk)
    if places := places_of(library):
        raise errors.LibraryInUse([str(place) for place in places])
    count = library.images.count()
    details = {"library": library.pk, "images": count}
    record(actor=author, action="image_library.delete", subject=library.name, details=details)
    emptying.start(library, delete=True)
    return _go_on_emptying(library, count)


def _go_on_emptying(library: ImageLibrary, count: int) -> bool:
    """Delete few images at once, leave many to the worker; say whether they are gone."""
    if count < emptying.BATCH:
        return not emptying.delete_some(library.pk)
    transaction.on_commit(partial(tasks.enqueue_emptying, library.pk))
    return False
