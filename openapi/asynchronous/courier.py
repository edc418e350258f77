"""Sends notifications from threads of its own, so that receivers hold up nothing but these.

What is to be sent stands in the database: a process that dies loses nothing, but may have sent
what another process then sends again.
"""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.models import Count
from django.utils import timezone

from console.leasing import released
from openapi.asynchronous.callback import checksum
from openapi.asynchronous.models import Delivery
from openapi.asynchronous.posting import NotAccepted, post_form

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 16
THREADS = 8
THREADS_OF_ONE_HOST = 2  # the others are left for receivers that are not slow
_FIRST_PAUSE_S = 10
_LONGEST_PAUSE_S = 3600

_lock = threading.Lock()
_claiming = threading.Lock()
_running = 0


def wake() -> None:
    """Have what is due sent, by one more thread unless there are enough."""
    global _running  # noqa: PLW0603 - the threads of a process are counted once
    with _lock:
        if _running >= THREADS:
            return
        _running += 1
    threading.Thread(target=_run, name="courier", daemon=True).start()


def _run() -> None:
    global _running  # noqa: PLW0603
    try:
        deliver_due()
    except DatabaseError as error:
        logger.warning("notifications wait: %s", error)
    finally:
        connection.close()
        with _lock:
            _running -= 1


def deliver_due() -> int:
    """Send what is due, one after the other; return how many attempts were made."""
    count = 0
    while delivery := _claim_next_in_turn():
        attempt(delivery)
        count += 1
    return count


def _claim_next_in_turn() -> Delivery | None:
    """Let no two threads of a process take the last place of a host at once."""
    with _claiming:
        return _claim_next()


def _claim_next() -> Delivery | None:
    """Take up the notification that has waited longest, of those whose receiver is not busy."""
    running = Delivery.objects.filter(state=Delivery.State.RUNNING).order_by()
    per_host = running.values("host").annotate(count=Count("pk"))
    busy = [row["host"] for row in per_host if row["count"] >= THREADS_OF_ONE_HOST]
    due = Delivery.objects.due().exclude(host__in=busy).order_by("due_at")
    for pk in due.values_list("pk", flat=True)[:THREADS]:
        delivery = Delivery.objects.select_related("task__account").claim(pk)
        if delivery is not None:
            return delivery
    return None


def attempt(delivery: Delivery) -> None:
    """Send a notification that was claimed; after a failure it waits longer each time."""
    task = delivery.task
    fields = {
        "content": task.answer,
        "checksum": checksum(
            uid=task.account.uid,
            seed=delivery.seed,
            content=task.answer,
            crypt_type=delivery.crypt_type,
        ),
    }
    try:
        post_form(delivery.url, fields)
    except NotAccepted as error:
        logger.info("%s did not accept %s: %s", delivery.host, task.request_id, error)
        _put_off(delivery, str(error))
    else:
        Delivery.objects.held(delivery).update(state=Delivery.State.DONE, error="")


def _put_off(delivery: Delivery, error: str) -> None:
    if delivery.attempts >= MAX_ATTEMPTS:
        logger.warning("gave up notifying %s of %s", delivery.host, delivery.task.request_id)
        changes = {"state": Delivery.State.FAILED}
    else:
        changes = released(timezone.now() + pause_after(delivery.attempts))
    Delivery.objects.held(delivery).update(error=error, **changes)


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failures: 10 seconds, doubled up to an hour."""
    return timedelta(seconds=min(_FIRST_PAUSE_S * 2 ** (attempts - 1), _LONGEST_PAUSE_S))


def take_back() -> None:
    """Have what dead processes were sending sent by others, unless it was tried too often."""
    worn_out = Delivery.objects.lost().filter(attempts__gte=MAX_ATTEMPTS)
    worn_out.update(state=Delivery.State.FAILED, error="the process that sent it died")
    Delivery.objects.release_lost()
