"""Deleting all images of a library, some at a time, so that nobody waits for the database."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.db.models import Max

from libraries.adding import announce
from libraries.files import delete_files
from libraries.models import ImageLibrary
from libraries.places import places_of

BATCH = 500


def start(library: ImageLibrary, *, delete: bool) -> None:
    """Note that the images which are there now are to be deleted, and whether the library too."""
    library.emptied_up_to = library.images.aggregate(newest=Max("pk"))["newest"] or 0
    library.is_being_deleted = delete
    library.save(update_fields=["emptied_up_to", "is_being_deleted", "changed_at"])


def waiting_library_ids() -> list[int]:
    """Return the libraries that are being emptied."""
    waiting = ImageLibrary.objects.filter(emptied_up_to__isnull=False)
    return list(waiting.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def delete_some(library_id: int) -> bool:
    """Delete a batch of images, the oldest; say whether there may be more to do."""
    emptied = ImageLibrary.objects.select_for_update().filter(emptied_up_to__isnull=False)
    library = emptied.filter(pk=library_id).first()
    if library is None:
        return False
    images = library.images.filter(pk__lte=library.emptied_up_to).order_by("pk")
    batch = list(images.only("pk", "thumbnail", "preview")[:BATCH])
    ids = [image.pk for image in batch]
    library.images.filter(pk__in=ids).delete()
    announce(library, ids)
    transaction.on_commit(partial(delete_files, batch))
    if len(batch) < BATCH:
        _finish(library)
        return False
    return True


def _finish(library: ImageLibrary) -> None:
    """Delete the library if that was asked for, unless somebody has begun to use it again."""
    if library.is_being_deleted and not places_of(library) and not library.images.exists():
        library.delete()
        return
    library.emptied_up_to = None
    library.is_being_deleted = False
    library.save(update_fields=["emptied_up_to", "is_being_deleted", "changed_at"])
