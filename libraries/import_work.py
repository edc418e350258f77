"""The work of imports: in slices of seconds, each row done once whatever happens to the worker.

A slice claims the job with a lease, makes samples of some rows in parallel, and stores these
samples together with what became of their rows in one transaction. A worker that dies leaves its
rows as they were; the next that claims the job begins with them.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from functools import cache, partial
from itertools import islice

from django.db import DatabaseError, transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from console.services import locked_account
from libraries import errors, import_files, import_jobs
from libraries.adding import add_samples
from libraries.archives import ArchiveRefused, EntryRefused
from libraries.import_models import ImportJob, ImportRow, Reason
from libraries.import_sources import Sources, rows_of
from libraries.models import ImageLibrary, LibraryImage
from libraries.samples import Sample
from moderation.errors import (
    DownloadFailed,
    DownloadTimedOut,
    FormatNotSupported,
    ImageTooLarge,
    ModerationError,
)

logger = logging.getLogger(__name__)

SLICE_S = 3.0
SLICE_PICTURES = 200
SLICE_HASHES = 1_000
MAX_ATTEMPTS = 3
_THREADS = 8  # most wait for downloads; no more compute than there are cores
_NICENESS = 10  # calls and online tests come first
_LOOK_AFTER_S = 0.5
_LISTED_AT_ONCE = 1_000

_REASONS: dict[type[Exception], Reason] = {
    errors.ImageTooPlain: Reason.PLAIN,
    errors.InvalidHash: Reason.BAD_HASH,
    errors.LibraryFull: Reason.QUOTA,
    ImageTooLarge: Reason.TOO_LARGE,
    FormatNotSupported: Reason.UNREADABLE,
    DownloadFailed: Reason.DOWNLOAD,
    DownloadTimedOut: Reason.DOWNLOAD,
    FileNotFoundError: Reason.DAMAGED,
}
_one_at_a_time = threading.Lock()  # so that a thread of the worker is left for everything else


class Next(Enum):
    """What is to be done after a slice: with whatever import has waited longest, or with this."""

    NOTHING = "nothing"
    GO_ON = "go on"
    TRY_LATER = "try later"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a worker found at a row: a sample, or why there is none."""

    row: ImportRow
    sample: Sample | None = None
    reason: str = ""
    detail: str = ""


def run_slice(job_id: uuid.UUID) -> Next:
    """Do some seconds' work for a job, unless it has ended or somebody else has it."""
    if not _one_at_a_time.acquire(blocking=False):
        return Next.TRY_LATER
    try:
        job = import_jobs.claim(job_id)
        if job is None:
            return Next.NOTHING
        try:
            _go_on(job)
        finally:
            import_jobs.held(job).update(claimed_by="", claimed_at=None)
    finally:
        _one_at_a_time.release()
    return Next.GO_ON


def _go_on(job: ImportJob) -> None:
    if job.library is None or job.library.is_being_deleted:
        import_jobs.end(job, ImportJob.State.FAILED, Reason.LIBRARY_DELETED)
    elif job.received_at and not job.listed_at:
        _list(job)
    elif rows := _take(job):
        _do(job, rows)
    elif job.received_at:
        import_jobs.end(job, ImportJob.State.DONE, job.reason)


def _list(job: ImportJob) -> None:
    """Make the rows of a job; a worker that goes on where another died makes none twice."""
    if job.attempts > MAX_ATTEMPTS:
        import_jobs.end(job, ImportJob.State.FAILED, Reason.WORKER_LOST)
        return
    rows = rows_of(job)
    try:
        while batch := list(islice(rows, _LISTED_AT_ONCE)):
            if not import_jobs.held(job).update(claimed_at=timezone.now()):
                return
            ImportRow.objects.bulk_create(batch, ignore_conflicts=True)
    except ArchiveRefused as refused:
        import_jobs.end(job, ImportJob.State.FAILED, refused.reason)
        return
    refused_count = Count("pk", filter=Q(state=ImportRow.State.REFUSED))
    counts = job.rows.aggregate(total_count=Count("pk"), refused_count=refused_count)
    if not counts["total_count"]:
        import_jobs.end(job, ImportJob.State.FAILED, Reason.NOTHING)
        return
    import_jobs.held(job).update(
        listed_at=timezone.now(), skipped_count=job.skipped_count, **counts
    )


def _take(job: ImportJob) -> list[ImportRow]:
    """Return the rows of this slice; one at which a worker died comes alone."""
    count = SLICE_HASHES if job.kind == ImportJob.Kind.HASHES else SLICE_PICTURES
    waiting = job.rows.filter(state=ImportRow.State.WAITING).order_by("number")
    rows = list(waiting[:count])
    if rows and rows[0].attempts:
        rows = rows[:1]
    if rows:
        last = rows[-1].number
        waiting.filter(number__lte=last).order_by().update(attempts=F("attempts") + 1)
    return rows


def _do(job: ImportJob, rows: Sequence[ImportRow]) -> None:
    outcomes = _look_at(job, rows)
    try:
        _store(job, rows, outcomes)
    except DatabaseError:  # no fault of the rows
        _give_back([row.pk for row in rows])
        raise


def _give_back(row_ids: Sequence[int]) -> None:
    ImportRow.objects.filter(pk__in=row_ids).update(attempts=F("attempts") - 1)


def _look_at(job: ImportJob, rows: Sequence[ImportRow]) -> list[Outcome]:
    """Make samples of the rows until the time of the slice is up or the job was canceled."""
    ends_at = looks_at = time.monotonic()
    ends_at += SLICE_S
    stop = threading.Event()
    outcomes = []
    with Sources(job) as sources:
        futures = [_pool().submit(_outcome, sources, row, stop) for row in rows]
        try:
            for future in futures:
                if outcome := future.result():
                    outcomes.append(outcome)
                now = time.monotonic()
                if now - looks_at > _LOOK_AFTER_S:
                    looks_at = now
                    if now > ends_at or not import_jobs.held(job).exists():
                        stop.set()
        finally:
            stop.set()
            for future in futures:
                future.exception()  # waits; the file is closed only then
    return outcomes


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, "import", initializer=_give_way)


def _give_way() -> None:
    if sys.platform == "linux":  # elsewhere it would be the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _outcome(sources: Sources, row: ImportRow, stop: threading.Event) -> Outcome | None:
    """Make a sample of one row; None if it is left for another slice."""
    if stop.is_set():
        return None
    if row.attempts >= MAX_ATTEMPTS:
        return Outcome(row, reason=Reason.WORKER_LOST)
    try:
        return Outcome(row, sources.sample_of(row))
    except EntryRefused as refused:
        return Outcome(row, reason=refused.reason)
    except tuple(_REASONS) as error:
        detail = str(error) if isinstance(error, ModerationError) else ""
        return Outcome(row, reason=_REASONS[type(error)], detail=detail)
    except Exception:
        logger.exception("row %s of import %s failed", row.number, row.job_id)
        return Outcome(row, reason=Reason.UNEXPECTED)


@transaction.atomic
def _store(job: ImportJob, rows: Sequence[ImportRow], outcomes: Sequence[Outcome]) -> None:
    """Store samples and outcomes together, unless the job was canceled or taken away."""
    locked_account(job.account_id)
    if import_jobs.held(job).select_for_update().first() is None or job.library is None:
        return
    made = [(one.row, one.sample) for one in outcomes if one.sample is not None]
    samples = [sample for _, sample in made]
    try:
        stored = add_samples(library=job.library, samples=samples, author=job.member)
    except ImageLibrary.DoesNotExist:  # the next slice ends the job
        return
    for (row, _), result in zip(made, stored, strict=True):
        _note(row, result)
    for outcome in outcomes:
        if outcome.sample is None:
            row = outcome.row
            row.state, row.reason = ImportRow.State.REFUSED, outcome.reason
            row.detail = outcome.detail
    _write_rows(job, rows, [outcome.row for outcome in outcomes])


def _note(row: ImportRow, result: LibraryImage | errors.LibraryError) -> None:
    """Note what the library made of the row's sample."""
    if isinstance(result, LibraryImage):
        row.state, row.image_id = ImportRow.State.ADDED, result.pk
    elif isinstance(result, errors.DuplicateImage):
        row.state, row.image_id = ImportRow.State.DUPLICATE, result.image.pk
        row.reason = Reason.DUPLICATE
    else:
        row.state, row.reason = ImportRow.State.REFUSED, _REASONS[type(result)]


def _write_rows(job: ImportJob, taken: Sequence[ImportRow], done: Sequence[ImportRow]) -> None:
    ImportRow.objects.bulk_create(
        done,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["state", "reason", "detail", "image_id"],
    )
    finished = {row.pk for row in done}
    _give_back([row.pk for row in taken if row.pk not in finished])
    states = [row.state for row in done]
    import_jobs.held(job).update(
        added_count=F("added_count") + states.count(ImportRow.State.ADDED),
        duplicate_count=F("duplicate_count") + states.count(ImportRow.State.DUPLICATE),
        refused_count=F("refused_count") + states.count(ImportRow.State.REFUSED),
        attempts=0,
        changed_at=timezone.now(),
    )
    if job.kind == ImportJob.Kind.FILES:
        names = [row.source["file"] for row in done if "file" in row.source]
        transaction.on_commit(partial(_delete_pictures, names))


def _delete_pictures(names: Sequence[str]) -> None:
    for name in names:
        import_files.delete_picture(name)
