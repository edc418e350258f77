"""What the worker does for online tests."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.utils import timezone
from kombu.exceptions import OperationalError

from onlinetest import cleaning, work
from onlinetest.models import TestItem

logger = logging.getLogger(__name__)


@shared_task(acks_late=True, ignore_result=True)
def moderate_item(item_id: int) -> None:
    """Moderate one image of a run; running it twice is harmless."""
    work.moderate_item(item_id)


def enqueue(item_ids: Sequence[int]) -> None:
    """Send images to the workers; while the broker is away they wait for requeue_items()."""
    sent = []
    try:
        for item_id in item_ids:
            moderate_item.delay(item_id)
            sent.append(item_id)
    except OperationalError as error:
        logger.warning("%s images wait for the broker: %s", len(item_ids) - len(sent), error)
    TestItem.objects.filter(pk__in=sent).update(enqueued_at=timezone.now())


@shared_task(ignore_result=True)
def requeue_items(*, all_queued: bool = False) -> None:
    """Take images back from dead workers and send what waits; beat sends this every 10 s."""
    work.take_back()
    enqueue(work.waiting_item_ids(all_queued=all_queued))


@worker_ready.connect
def resume(**_: Any) -> None:
    """Go on where the workers before this one stopped."""
    requeue_items.delay(all_queued=True)


@shared_task(ignore_result=True)
def delete_old_tests() -> None:
    """Delete uploads and runs whose time is over; beat sends this every minute."""
    cleaning.delete_old_uploads()
    cleaning.delete_old_runs()
