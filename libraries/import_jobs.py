"""Import jobs as workers take them up, leave them and end them."""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from console.models import Member
from console.services import record
from console.workers import is_gone, worker_name
from libraries import import_files
from libraries.import_models import ImportJob, ImportJobQuerySet, Reason

ENQUEUE_AGAIN_AFTER = timedelta(seconds=30)


def claim(job_id: uuid.UUID) -> ImportJob | None:
    """Take the job up, in one statement, so that only one worker can."""
    now = timezone.now()
    changed = (
        ImportJob.objects.with_work()
        .claimable()
        .filter(pk=job_id)
        .update(
            state=ImportJob.State.RUNNING,
            claimed_by=f"{worker_name()} {secrets.token_hex(4)}",
            claimed_at=now,
            changed_at=now,
            attempts=F("attempts") + 1,
        )
    )
    if not changed:
        return None
    return ImportJob.objects.select_related("library__account", "member").get(pk=job_id)


def held(job: ImportJob) -> ImportJobQuerySet:
    """Return the job as a query that finds it only while it is held by this slice."""
    return ImportJob.objects.unfinished().filter(pk=job.pk, claimed_by=job.claimed_by)


@transaction.atomic
def end(
    job: ImportJob,
    state: ImportJob.State,
    reason: Reason | str = "",
    actor: Member | None = None,
) -> bool:
    """End a job, delete what was uploaded for it, and say whether it had not ended before.

    actor: who ended it, if not whoever started it.
    """
    now = timezone.now()
    unfinished = ImportJob.objects.unfinished().filter(pk=job.pk)
    changed = unfinished.update(
        state=state, reason=reason, claimed_by="", claimed_at=None, finished_at=now, changed_at=now
    )
    if not changed:
        return False
    job.refresh_from_db()
    if actor := actor or job.member:
        _record(job, actor)
    transaction.on_commit(partial(import_files.delete_all, job.pk))
    return True


def _record(job: ImportJob, actor: Member) -> None:
    details = {
        "library": job.library_id,
        "import": str(job.pk),
        "kind": job.kind,
        "state": job.state,
        "added": job.added_count,
        "duplicates": job.duplicate_count,
        "refused": job.refused_count,
    }
    record(actor=actor, action="image_library.import", subject=job.library_name, details=details)


def take_back() -> None:
    """Let go of the jobs of workers of this host that have died."""
    claimed = ImportJob.objects.unfinished().exclude(claimed_by="")
    for name in claimed.values_list("claimed_by", flat=True):
        if is_gone(name):
            claimed.filter(claimed_by=name).update(claimed_by="", claimed_at=None, enqueued_at=None)


def waiting_job_ids(*, all_waiting: bool) -> list[uuid.UUID]:
    """Return the jobs that should be sent to the broker, the oldest first.

    all_waiting: also those that were sent lately; a worker that died may have held them.
    """
    jobs = ImportJob.objects.with_work().claimable()
    if not all_waiting:
        long_ago = timezone.now() - ENQUEUE_AGAIN_AFTER
        jobs = jobs.filter(Q(enqueued_at=None) | Q(enqueued_at__lt=long_ago))
    return list(jobs.order_by("created_at").values_list("pk", flat=True))


def next_job_ids() -> list[uuid.UUID]:
    """Return the job whose last slice lies back longest, if there is any; so all take turns."""
    jobs = ImportJob.objects.with_work().claimable().order_by("changed_at")
    return list(jobs.values_list("pk", flat=True)[:1])
