"""What becomes of uploads when their time is over."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from django.core.files.storage import Storage
from django.utils import timezone

from openapi.uploads.models import Upload, lifetime
from openapi.uploads.receiving import FOLDER, delete_file

BATCH = 500
_LONGEST_UPLOAD = timedelta(hours=1)


def delete_old_uploads() -> int:
    """Delete a batch of uploads whose time is over; return how many there were."""
    uploads = list(Upload.objects.expired().order_by("uploaded_at")[:BATCH])
    for upload in uploads:
        delete_file(upload.file.storage, upload.file.name or "")
        Upload.objects.filter(pk=upload.pk, file=upload.file.name).delete()
    return len(uploads)


def delete_stray_files() -> int:
    """Delete what is left in the folders of hours that are over, of killed processes mostly."""
    storage: Storage = Upload._meta.get_field("file").storage
    if not storage.exists(FOLDER):
        return 0
    oldest = timezone.now() - lifetime() - _LONGEST_UPLOAD - timedelta(hours=1)
    hours, _ = storage.listdir(FOLDER)
    return sum(_delete_hour(storage, hour) for hour in hours if hour < _name_of(oldest))


def _name_of(moment: datetime) -> str:
    return f"{moment:%Y%m%d%H}"


def _delete_hour(storage: Storage, hour: str) -> int:
    _, names = storage.listdir(f"{FOLDER}/{hour}")
    for name in names:
        delete_file(storage, f"{FOLDER}/{hour}/{name}")
    with suppress(OSError):  # somebody else's files are in it
        storage.delete(f"{FOLDER}/{hour}")
    return len(names)
