"""Online tests in the background."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.utils import timezone
from kombu.exceptions import OperationalError

from onlinetest import moderating
from onlinetest.models import OnlineTestItem


@shared_task(acks_late=True, ignore_result=True)
def moderate_item(item_id: int) -> None:
    """Moderate an item of a test; running it twice is harmless."""
    moderating.moderate_item(item_id)


@shared_task(ignore_result=True)
def send_stalled_items() -> None:
    """Send items to the queue that never reached it, or that a worker left unfinished."""
    for item_id in moderating.stalled_item_ids():
        enqueue(item_id)


@shared_task(ignore_result=True)
def delete_expired_files() -> None:
    """Delete uploaded files whose time is over."""
    moderating.delete_expired_files()


def enqueue(item_id: int) -> bool:
    """Send an item to the queue; False if the queue is away, then it is sent later."""
    try:
        moderate_item.delay(item_id)
    except OperationalError:
        return False
    OnlineTestItem.objects.filter(pk=item_id).update(enqueued_at=timezone.now())
    return True


@worker_ready.connect
def take_up_again(**_: Any) -> None:
    """Go on where the worker was when it ended."""
    moderating.release_own()
    send_stalled_items()
