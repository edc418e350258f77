"""Moderating the items of online tests, so that none is lost and none counted twice.

A worker claims an item for as long as its lease lasts. If the worker dies, the lease ends and
the item may be claimed anew; its fixed request id keeps it from being stored a second time.
"""

from __future__ import annotations

import logging
import socket
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from moderation.errors import ModerationError
from onlinetest.models import OnlineTestItem
from results.answers import TEXT_IN_IMAGE
from results.models import DetectionResult
from results.services import Submission, moderate

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
"""Longer than any moderation, the large model's time included."""

PATIENCE = timedelta(minutes=5)
"""After this time in the queue, an item is sent to it again: the queue may have lost it."""

_UNEXPECTED = "Something went wrong here. Try again, and look at the log if it stays."


def moderate_item(item_id: int) -> None:
    """Moderate an item unless it is finished or somebody else does it."""
    item = _claim(item_id)
    if item is None:
        return
    try:
        item.result = _stored_result(item) or _moderate(item)
    except ModerationError as error:
        _finish(item, OnlineTestItem.State.FAILED, error=str(error))
    except Exception:
        logger.exception("moderating the item %s failed", item.request_id)
        _finish(item, OnlineTestItem.State.FAILED, error=_UNEXPECTED)
    else:
        _finish(item, OnlineTestItem.State.DONE)


def _claim(item_id: int) -> OnlineTestItem | None:
    now = timezone.now()
    claimed = (
        OnlineTestItem.objects.filter(pk=item_id)
        .claimable(lease_ended_before=now - LEASE)
        .update(state=OnlineTestItem.State.RUNNING, claimed_at=now, claimed_by=socket.gethostname())
    )
    if not claimed:
        return None
    items = OnlineTestItem.objects.select_related("test__service__account")
    return items.filter(pk=item_id).first()


def _stored_result(item: OnlineTestItem) -> DetectionResult | None:
    """Return what a worker stored that died before it could say so."""
    return DetectionResult.objects.filter(request_id=item.request_id).first()


def _moderate(item: OnlineTestItem) -> DetectionResult:
    submission = Submission(
        request_id=item.request_id,
        source=DetectionResult.Source.TEST,
        content=_content(item),
        url=item.url,
        name=item.name,
        data_id=item.test.data_id,
        needs_text=TEXT_IN_IMAGE in item.test.info_types,
    )
    try:
        return moderate(service=item.test.service, submission=submission)
    except IntegrityError:  # another worker, thought dead, was quicker
        return DetectionResult.objects.get(request_id=item.request_id)


def _content(item: OnlineTestItem) -> bytes | None:
    if item.url:
        return None
    with item.file.open("rb") as file:
        content: bytes = file.read()
    return content


def _finish(item: OnlineTestItem, state: OnlineTestItem.State, *, error: str = "") -> None:
    item.state = state
    item.error = error[:300]
    item.save(update_fields=["state", "error", "result"])


def release_own() -> None:
    """Put back what this machine's worker was at when it ended; call it as a worker starts."""
    OnlineTestItem.objects.filter(
        state=OnlineTestItem.State.RUNNING, claimed_by=socket.gethostname()
    ).update(state=OnlineTestItem.State.QUEUED, enqueued_at=None)


def stalled_item_ids() -> list[int]:
    """Return the items that should be sent to the queue once more, oldest first."""
    now = timezone.now()
    items = OnlineTestItem.objects.claimable(lease_ended_before=now - LEASE).order_by("pk")
    never_sent = items.filter(enqueued_at=None)
    given_up = items.filter(enqueued_at__lt=now - PATIENCE)
    lease_ended = items.filter(state=OnlineTestItem.State.RUNNING)
    return list((never_sent | given_up | lease_ended).values_list("pk", flat=True)[:1000])


def delete_expired_files() -> int:
    """Delete uploaded files that are older than they may get; return how many."""
    oldest = timezone.now() - timedelta(minutes=settings.UPLOAD_LIFETIME_MINUTES)
    expired = OnlineTestItem.objects.filter(created_at__lt=oldest).exclude(file="")
    count = 0
    for item in expired.iterator():
        item.file.delete(save=False)
        item.save(update_fields=["file"])
        count += 1
    return count
