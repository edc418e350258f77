"""Deleting tasks when their time is over."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from openapi.asynchronous.models import AsyncTask, Delivery

BATCH_SIZE = 500


def delete_old_tasks() -> int:
    """Delete a batch of finished tasks older than ASYNC_RESULT_LIFETIME_DAYS; count them.

    Those that somebody is still to be notified of stay.
    """
    oldest = timezone.now() - timedelta(days=settings.ASYNC_RESULT_LIFETIME_DAYS)
    open_states = (Delivery.State.QUEUED, Delivery.State.RUNNING)
    old = AsyncTask.objects.filter(created_at__lt=oldest, state=AsyncTask.State.DONE)
    open_tasks = Delivery.objects.filter(state__in=open_states).values("task")
    ids = list(
        old.exclude(pk__in=open_tasks)
        .order_by("created_at")
        .values_list("pk", flat=True)[:BATCH_SIZE]
    )
    AsyncTask.objects.filter(pk__in=ids).delete()
    return len(ids)
