"""What becomes of uploads and runs when their time is over."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from onlinetest.models import TestItem, TestRun

BATCH_SIZE = 200


def delete_old_uploads() -> int:
    """Delete the uploaded files of finished images after UPLOAD_LIFETIME_MINUTES; count them."""
    oldest = timezone.now() - timedelta(minutes=settings.UPLOAD_LIFETIME_MINUTES)
    old = TestItem.objects.filter(created_at__lt=oldest).exclude(upload="")
    items = list(old.exclude(state__in=TestItem.UNFINISHED)[:BATCH_SIZE])
    for item in items:
        delete_file(item)
    TestItem.objects.filter(pk__in=[item.pk for item in items]).update(upload="")
    return len(items)


def delete_file(item: TestItem) -> None:
    """Delete an uploaded file, and its folder if that was the last one in it."""
    storage, name = item.upload.storage, item.upload.name or ""
    storage.delete(name)
    with suppress(OSError):  # the folder of the run still holds other uploads
        storage.delete(name.rpartition("/")[0])


@transaction.atomic
def delete_old_runs() -> int:
    """Delete runs that are as old as the oldest results; count them."""
    oldest = timezone.now() - timedelta(days=settings.RESULT_LIFETIME_DAYS)
    runs = locked(TestRun.objects.filter(created_at__lt=oldest), limit=BATCH_SIZE)
    for item in TestItem.objects.filter(run__in=runs).exclude(upload=""):
        delete_file(item)
    TestRun.objects.filter(pk__in=runs).delete()
    return len(runs)


def locked(runs: QuerySet[TestRun], *, limit: int | None = None) -> list[uuid.UUID]:
    """Return the ids of runs that nobody else adds to or deletes until the commit."""
    return list(runs.select_for_update().order_by("pk").values_list("pk", flat=True)[:limit])
