"""Deleting all images of a library, some at a time, so that nobody waits for the database."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from console.services import locked_account
from libraries.adding import announce
from libraries.files import delete_files
from libraries.models import ImageLibrary, LibraryImage
from libraries.places import places_of

BATCH = 200
_QUIET_FOR = timedelta(seconds=30)  # far longer than a batch takes


def start(library: ImageLibrary, *, delete: bool) -> None:
    """Note that the images which are there now are to be deleted, and whether the library too."""
    library.emptied_up_to = library.images.aggregate(newest=Max("pk"))["newest"] or 0
    library.is_being_deleted = delete
    library.save(update_fields=["emptied_up_to", "is_being_deleted", "changed_at"])


def stopped_library_ids() -> list[int]:
    """Return the libraries that are to be emptied, but of which nobody deletes images."""
    waiting = ImageLibrary.objects.filter(
        emptied_up_to__isnull=False, changed_at__lt=timezone.now() - _QUIET_FOR
    )
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def delete_some(library_id: int) -> bool:
    """Delete a batch of images, the oldest; say whether there may be more to do.

    They are read before anybody else has to wait, for that takes longest by far.
    """
    emptied = ImageLibrary.objects.filter(emptied_up_to__isnull=False)
    library = emptied.filter(pk=library_id).first()
    if library is None:
        return False
    images = library.images.filter(pk__lte=library.emptied_up_to).order_by("pk")
    batch = list(images.only("pk", "thumbnail", "preview")[:BATCH])
    with transaction.atomic():
        locked_account(library.account_id)
        locked = emptied.filter(pk=library_id).first()
        if locked is None:
            return False
        _delete(locked, batch)
        is_done = len(batch) < BATCH and locked.emptied_up_to == library.emptied_up_to
        if is_done:
            _finish(locked)
    return not is_done


def _delete(library: ImageLibrary, batch: list[LibraryImage]) -> None:
    """Delete those images that are still in the library."""
    found = library.images.filter(pk__in=[image.pk for image in batch])
    ids = set(found.values_list("pk", flat=True))
    found.delete()
    still_there = [image for image in batch if image.pk in ids]
    announce(library, [image.pk for image in still_there])
    transaction.on_commit(partial(delete_files, still_there))


def _finish(library: ImageLibrary) -> None:
    """Delete the library if that was asked for, unless somebody has begun to use it again."""
    if library.is_being_deleted and not places_of(library) and not library.images.exists():
        library.delete()
        return
    library.emptied_up_to = None
    library.is_being_deleted = False
    library.save(update_fields=["emptied_up_to", "is_being_deleted", "changed_at"])
