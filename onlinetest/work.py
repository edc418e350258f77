"""Moderating the images of runs: each ends once, whatever happens to the worker that took it."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import IntegrityError
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from console.workers import is_gone, worker_name
from moderation.errors import DownloadFailed, ModerationError
from onlinetest.models import TestItem
from results import answers, services
from results.models import DetectionResult

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
ENQUEUE_AGAIN_AFTER = timedelta(seconds=60)
_UNEXPECTED = gettext_noop("The server failed. Try again; its log says more.")


def moderate_item(item_id: int) -> None:
    """Moderate an image unless it is finished or somebody else's; running it twice is harmless."""
    item = _claim(item_id)
    if item is None:
        return
    try:
        result = _stored_result(item) or _moderate(item)
    except ModerationError as error:
        _end(item, state=TestItem.State.FAILED, error_code=type(error).__name__, error=str(error))
    except Exception:
        logger.exception("the image %s of an online test failed", item.request_id)
        _end(item, state=TestItem.State.FAILED, error_code="Unexpected", error=_(_UNEXPECTED))
    else:
        _end(item, state=TestItem.State.DONE, result=result)


def _claim(item_id: int) -> TestItem | None:
    """Take the image up, in one statement, so that only one worker can."""
    now = timezone.now()
    claimed = TestItem.objects.claimable().filter(pk=item_id)
    changed = claimed.update(
        state=TestItem.State.RUNNING,
        claimed_by=worker_name(),
        claimed_at=now,
        changed_at=now,
        attempts=F("attempts") + 1,
    )
    if not changed:
        return None
    # None if it is deleted at this very moment.
    return TestItem.objects.select_related("run__service__account").filter(pk=item_id).first()


def _stored_result(item: TestItem) -> DetectionResult | None:
    """Return the result that a worker stored before it died."""
    return DetectionResult.objects.filter(request_id=item.request_id).first()


def _moderate(item: TestItem) -> DetectionResult:
    run = item.run
    submission = services.Submission(
        request_id=item.request_id,
        source=DetectionResult.Source.TEST,
        content=None if item.url else _uploaded(item),
        url=item.url,
        name=item.name,
        data_id=run.data_id,
        needs_text=answers.TEXT_IN_IMAGE in run.info_types,
    )
    try:
        return services.moderate(service=run.service, submission=submission)
    except IntegrityError:  # another worker was faster, while this one counted as dead
        return DetectionResult.objects.get(request_id=item.request_id)


def _uploaded(item: TestItem) -> bytes:
    try:
        with item.upload.open("rb") as file:
            content: bytes = file.read()
    except FileNotFoundError as error:
        raise DownloadFailed(_("The upload has been deleted; upload it again.")) from error
    return content


def _end(item: TestItem, **changes: object) -> None:
    """Write the outcome, unless the lease was lost and somebody else has the image now."""
    held = TestItem.objects.filter(
        pk=item.pk, state=TestItem.State.RUNNING, claimed_by=worker_name(), attempts=item.attempts
    )
    held.update(changed_at=timezone.now(), **changes)


def take_back() -> None:
    """Put the images of dead workers back into the queue; give up those that kill workers."""
    running = Q(state=TestItem.State.RUNNING)
    gone = [name for name in _claiming_workers() if is_gone(name)]
    lost = TestItem.objects.claimable().filter(running) | TestItem.objects.filter(
        running, claimed_by__in=gone
    )
    now = timezone.now()
    lost.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=TestItem.State.FAILED,
        error_code="WorkerLost",
        error=_("The worker stopped each time it looked at this image. See its log, then retry."),
        changed_at=now,
    )
    lost.update(state=TestItem.State.QUEUED, enqueued_at=None, changed_at=now)


def _claiming_workers() -> list[str]:
    running = TestItem.objects.filter(state=TestItem.State.RUNNING)
    return list(running.order_by().values_list("claimed_by", flat=True).distinct())


def waiting_item_ids(*, all_queued: bool) -> list[int]:
    """Return the images that should be sent to the broker, the oldest first.

    all_queued: also those that were sent lately; a worker that died may have held them.
    """
    queued = TestItem.objects.filter(state=TestItem.State.QUEUED)
    if not all_queued:
        long_ago = timezone.now() - ENQUEUE_AGAIN_AFTER
        queued = queued.filter(Q(enqueued_at=None) | Q(enqueued_at__lt=long_ago))
    return list(queued.order_by("pk").values_list("pk", flat=True))
