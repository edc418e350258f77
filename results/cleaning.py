"""Deleting results when their time is over, and the pictures of results that are not stored."""

from __future__ import annotations

from contextlib import suppress

from results.models import DetectionResult


def delete_files(result: DetectionResult) -> None:
    """Delete the pictures of a result that is not stored, or no longer."""
    folder = (result.thumbnail.name or "").rpartition("/")[0]
    for file in (result.thumbnail, result.preview, result.original):
        if file:
            file.delete(save=False)
    with suppress(OSError):  # the folder of this request may hold what another worker stored
        result.thumbnail.storage.delete(folder)


def delete_expired(*, batch_size: int = 500) -> int:
    """Delete the oldest results that are no longer kept, with their pictures; return how many.

    The pictures go first: what is interrupted is found and finished the next time.
    """
    expired = list(DetectionResult.objects.expired().order_by("pk")[:batch_size])
    for result in expired:
        delete_files(result)
    DetectionResult.objects.filter(pk__in=[result.pk for result in expired]).delete()
    return len(expired)
