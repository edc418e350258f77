"""What the publisher and the worker do for publications."""

from __future__ import annotations

import logging
import threading

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from console import announcing, cleaning
from console.models import ModeratingProcess

logger = logging.getLogger(__name__)
_EXPIRES_S = 60  # everybody has looked by then
_sending, _waiting = threading.Lock(), threading.Lock()


@shared_task(ignore_result=True, acks_late=False)
def announce() -> None:
    """Have every process look what was published; harmless at any time."""
    announcing.announce()


def announce_after_commit() -> None:
    """Send announce() once the transaction is committed, however much it publishes."""
    waiting = transaction.get_connection().run_on_commit
    if not any(function is _send for _, function, _ in waiting):
        transaction.on_commit(_send, robust=True)


def _send() -> None:
    """Send it from a thread of its own: a broker that hangs holds up nobody.

    One thread sends, and one more may wait; what that sends is for all who came meanwhile.
    """
    if ModeratingProcess.objects.running().exists() and _waiting.acquire(blocking=False):
        threading.Thread(target=_try_to_send, name="announce").start()


def _try_to_send() -> None:
    with _sending:
        _waiting.release()
        try:
            announce.apply_async(expires=_EXPIRES_S)
        except OperationalError as error:
            logger.warning("processes find publications by looking; the broker is away: %s", error)


@shared_task(ignore_result=True)
def forget_old_publications() -> None:
    """Delete what no process needs any more; beat sends this every hour."""
    cleaning.forget_old_publications()
    cleaning.forget_gone_processes()
