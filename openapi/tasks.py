"""What the API leaves to the worker."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.utils import timezone
from kombu.exceptions import OperationalError

from openapi import nonces
from openapi.asynchronous import cleaning, courier, work
from openapi.asynchronous.models import AsyncTask
from openapi.uploads import cleaning as uploads_cleaning
from rules import client_tokens

logger = logging.getLogger(__name__)

SENT_AGAIN_AFTER = timedelta(minutes=10)  # the broker may have lost what it got
_SENT_AT_ONCE = 200
_BROKER_IS_LEFT_ALONE_S = 5.0  # after it failed, so that it does not slow every call
_broker_is_away_until = 0.0


@shared_task(ignore_result=True)
def forget_old_nonces() -> None:
    """Delete nonces and tokens that count no more; beat sends this every five minutes."""
    client_tokens.forget_old_tokens()
    deleted = nonces.forget_old_nonces(timezone.now())
    logger.info("forgot %s nonces", deleted)


@shared_task(acks_late=True, ignore_result=True)
def moderate_async_task(task_id: int) -> None:
    """Moderate a picture of an asynchronous call; running it twice is harmless."""
    work.moderate(task_id)


def send(task_ids: Sequence[int]) -> None:
    """Send tasks to the workers; while the broker is away they wait for go_on()."""
    global _broker_is_away_until  # noqa: PLW0603 - one broker for the whole process
    sent = 0
    try:
        if time.monotonic() >= _broker_is_away_until:
            for task_id in task_ids:
                moderate_async_task.delay(task_id)
                sent += 1
    except OperationalError as error:
        _broker_is_away_until = time.monotonic() + _BROKER_IS_LEFT_ALONE_S
        logger.warning("asynchronous tasks wait for the broker: %s", error)
    if sent < len(task_ids):
        AsyncTask.objects.filter(pk__in=task_ids[sent:]).update(due_at=timezone.now())


@shared_task(ignore_result=True)
def go_on(*, all_queued: bool = False) -> None:
    """Go on with asynchronous tasks and notifications; beat sends this every five seconds.

    all_queued: also send what was sent lately; a worker that died may have held it.
    """
    work.take_back()
    task_ids = work.waiting_ids(_SENT_AT_ONCE, all_queued=all_queued)
    AsyncTask.objects.filter(pk__in=task_ids).update(due_at=timezone.now() + SENT_AGAIN_AFTER)
    send(task_ids)
    courier.take_back()
    courier.wake()


@worker_ready.connect
def resume(**_: Any) -> None:
    """Go on where the workers before this one stopped."""
    go_on.delay(all_queued=True)


@shared_task(ignore_result=True)
def delete_old_uploads() -> None:
    """Delete uploads whose time is over; beat sends this every minute."""
    deleted = uploads_cleaning.delete_old_uploads()
    strays = uploads_cleaning.delete_stray_files()
    if deleted or strays:
        logger.info("deleted %s old uploads and %s stray files", deleted, strays)


@shared_task(ignore_result=True)
def delete_old_async_tasks() -> None:
    """Delete a batch of tasks whose time is over; beat sends this every minute."""
    if deleted := cleaning.delete_old_tasks():
        logger.info("deleted %s old asynchronous tasks", deleted)
