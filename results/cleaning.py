"""Deleting results when their time is over, and pictures of which there is no result."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.files.storage import Storage
from django.db import connection
from django.db.models import CASCADE, Max, Min, Q
from django.utils import timezone

from console.batches import Pace
from results.feedback_models import Feedback
from results.ids import first_id_of, moment_of
from results.models import DetectionResult, ResultLabel

_FIRST_BATCH = 200
_LARGEST_BATCH = 2000  # of whose pictures the names are in memory
_FOLDER = "results"


@dataclass(frozen=True, slots=True)
class Expired:
    """What would be deleted now; pictures: how many results have any."""

    results: int
    labels: int
    feedback: int
    pictures: int
    oldest: datetime | None
    newest: datetime | None
    stray_folders: int


def expired_now() -> Expired:
    """Count what delete_all_expired() would delete; it changes nothing."""
    results = DetectionResult.objects.expired()
    ends = results.aggregate(first=Min("pk"), last=Max("pk"))
    below = Q(result__lt=_first_kept())
    return Expired(
        results=results.count(),
        labels=ResultLabel.objects.filter(below).count(),
        feedback=Feedback.objects.filter(below).count(),
        pictures=results.exclude(thumbnail="").count(),
        oldest=moment_of(ends["first"]) if ends["first"] else None,
        newest=moment_of(ends["last"]) if ends["last"] else None,
        stray_folders=sum(1 for _ in _stray_folders()),
    )


def expired_batches() -> Iterator[int]:
    """Delete all expired results, batch by batch; yield how many each had."""
    pace = Pace(_FIRST_BATCH, most=_LARGEST_BATCH)
    while deleted := delete_expired(pace):
        yield deleted
        pace.rest()


def delete_expired(pace: Pace) -> int:
    """Delete the oldest results that are no longer kept, with their pictures; return how many.

    The pictures go first: what is interrupted is found and finished the next time.
    """
    expired = list(
        DetectionResult.objects.expired()
        .order_by("pk")
        .only("thumbnail", "preview", "original")[: pace.size]
    )
    for result in expired:
        delete_files(result)
    if expired:
        with pace.batch():
            _delete_rows(expired[0].pk, expired[-1].pk)
    return len(expired)


def _delete_rows(first: int, last: int) -> None:
    """Delete results and what hangs on them, in a statement for each table.

    QuerySet.delete() would read them all once more, which takes three times as long.
    """
    results = DetectionResult.objects.filter(pk__gte=first, pk__lte=last)
    if connection.features.has_select_for_update:  # else nobody else writes now
        # Feedback that is being given would wait for its own, deleted below, while it keeps these.
        list(results.select_for_update().order_by("pk").values_list("pk", flat=True))
    for relation in DetectionResult._meta.related_objects:
        name = relation.field.name
        rows = relation.related_model._base_manager.filter(
            **{f"{name}__gte": first, f"{name}__lte": last}
        )
        if relation.on_delete is CASCADE:
            rows.delete()
        else:
            rows.update(**{name: None})
    results._raw_delete(results.db)


def delete_files(result: DetectionResult) -> None:
    """Delete the pictures of a result that is not stored, or no longer."""
    folder = (result.thumbnail.name or "").rpartition("/")[0]
    for file in (result.thumbnail, result.preview, result.original):
        if file:
            file.delete(save=False)
    if folder:
        with suppress(OSError):  # it may hold what another worker stored
            result.thumbnail.storage.delete(folder)


def delete_stray_files() -> int:
    """Delete the pictures of days whose results are all gone; return how many folders there were.

    They are left by processes that were killed between writing a picture and its result.
    """
    storage = _storage()
    strays = list(_stray_folders())
    for folder in strays:
        for name in storage.listdir(folder)[1]:
            storage.delete(f"{folder}/{name}")
        storage.delete(folder)
    for folder, _day in _days_over():
        with suppress(OSError):  # only what is empty goes
            storage.delete(folder)
    return len(strays)


def _stray_folders() -> Iterator[str]:
    """Yield the folders of pictures of days of which no result is left."""
    storage = _storage()
    for folder, day in _days_over():
        if not DetectionResult.objects.filter(pk__lt=first_id_of(day + timedelta(days=2))).exists():
            yield from (f"{folder}/{name}" for name in storage.listdir(folder)[0])


def _days_over() -> Iterator[tuple[str, datetime]]:
    """Yield the folders of days from which nothing is kept, a day for good measure between."""
    oldest = timezone.now() - timedelta(days=settings.RESULT_LIFETIME_DAYS + 2)
    for folder in _nested(_storage(), _FOLDER, depth=3):
        with suppress(ValueError):  # not ours
            day = datetime.strptime(folder, f"{_FOLDER}/%Y/%m/%d").replace(tzinfo=UTC)
            if day < oldest:
                yield folder, day


def _nested(storage: Storage, folder: str, *, depth: int) -> Iterator[str]:
    if not storage.exists(folder):
        return
    for name in storage.listdir(folder)[0]:
        path = f"{folder}/{name}"
        if depth == 1:
            yield path
        else:
            yield from _nested(storage, path, depth=depth - 1)


def _storage() -> Storage:
    storage: Storage = DetectionResult._meta.get_field("thumbnail").storage
    return storage


def _first_kept() -> int:
    return first_id_of(timezone.now() - timedelta(days=settings.RESULT_LIFETIME_DAYS))
