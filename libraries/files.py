"""The files of library images: deleting them, and finding those that no image has any more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.core.files.storage import Storage
from django.utils import timezone

from libraries.models import LibraryImage

FOLDER = "libraries"
_STILL_BEING_ADDED = timedelta(minutes=10)


def delete_files(images: Iterable[LibraryImage]) -> None:
    """Delete the pictures of images that are not stored, or no longer."""
    for image in images:
        for file in (image.thumbnail, image.preview):
            if file:
                file.delete(save=False)


def delete_stray_files(account_id: int) -> int:
    """Delete the pictures of an account's images that are no more; return how many there were.

    Also those that were written by a process that was killed before the image was stored. The
    youngest are left alone, since their image may be stored in this moment.
    """
    storage: Storage = LibraryImage._meta.get_field("thumbnail").storage
    folder = f"{FOLDER}/{account_id}"
    if not storage.exists(folder):
        return 0
    part_names, _ = storage.listdir(folder)
    return sum(_delete_strays(storage, account_id, f"{folder}/{name}") for name in part_names)


def _delete_strays(storage: Storage, account_id: int, folder: str) -> int:
    images = LibraryImage.objects.filter(account=account_id, thumbnail__startswith=f"{folder}/")
    kept = {name for pair in images.values_list("thumbnail", "preview") for name in pair}
    oldest_kept = timezone.now() - _STILL_BEING_ADDED
    _, names = storage.listdir(folder)
    strays = [path for name in names if (path := f"{folder}/{name}") not in kept]
    old = [path for path in strays if storage.get_modified_time(path) < oldest_kept]
    for path in old:
        storage.delete(path)
    return len(old)
