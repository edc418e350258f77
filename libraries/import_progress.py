"""How far imports are, and what their cards and reports show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from uuid import UUID

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from console.models import Account
from libraries import hash_lists
from libraries.import_models import Reason, reason_text
from libraries.models import ImageLibrary, ImportJob, ImportRow, LibraryImage

STALLED_AFTER = timedelta(seconds=20)
ROWS_AT_ONCE = 2_000
_MB = 1 << 20

State = ImportJob.State


@dataclass(frozen=True, slots=True)
class Card:
    """What the card of a job shows.

    done, total: what the bar stands for: pictures, or megabytes while they come.
    unit: of the two, empty for pictures.
    refusals: how many were refused for each reason, the most frequent first.
    is_unsent: the broker has not taken it, because it is away.
    is_stalled: it waits, and for a while no worker has taken it.
    left_count: pictures that an import which was ended early never looked at.
    """

    job: ImportJob
    state_text: str
    done: int
    total: int
    unit: str
    refusals: list[tuple[str, int]]
    is_unsent: bool
    is_stalled: bool
    left_count: int


def cards_of(jobs: Sequence[ImportJob]) -> list[Card]:
    """Return the cards of jobs."""
    refusals = _refusals([job.pk for job in jobs if job.refused_count])
    return [_card(job, refusals[job.pk]) for job in jobs]


def _refusals(job_ids: list[UUID]) -> dict[UUID, list[tuple[str, int]]]:
    found: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
    if job_ids:
        rows = ImportRow.objects.filter(job__in=job_ids, state=ImportRow.State.REFUSED)
        counts = rows.order_by().values_list("job", "reason").annotate(count=Count("pk"))
        for job_id, reason, count in sorted(counts, key=lambda row: -row[2]):
            found[job_id].append((reason_text(reason), count))
    return found


def _card(job: ImportJob, refusals: list[tuple[str, int]]) -> Card:
    waits = not job.is_finished and not job.claimed_by and _has_work(job)
    is_coming = bool(job.size_bytes) and job.received_at is None
    done, total = job.done_count, max(job.planned_count, job.total_count)
    if is_coming:
        done, total = job.received_bytes // _MB, -(-job.size_bytes // _MB)
    return Card(
        job=job,
        state_text=_state_text(job, is_coming=is_coming),
        done=done,
        total=total,
        unit="MB" if is_coming else "",
        refusals=refusals,
        is_unsent=waits and job.enqueued_at is None,
        is_stalled=waits and _is_quiet(job),
        left_count=max(0, max(job.planned_count, job.total_count) - job.done_count),
    )


def _is_quiet(job: ImportJob) -> bool:
    """Say whether nothing has been done for a while, neither for this nor for any other import."""
    long_ago = timezone.now() - STALLED_AFTER
    if job.changed_at >= long_ago:
        return False
    return not ImportJob.objects.unfinished().filter(changed_at__gte=long_ago).exists()


def _has_work(job: ImportJob) -> bool:
    return job.received_at is not None or job.total_count > job.done_count


def _state_text(job: ImportJob, *, is_coming: bool) -> str:
    if job.is_finished:
        return str(State(job.state).label)
    if is_coming:
        return _("Uploading")
    if job.received_at and not job.listed_at and job.state == State.RUNNING:
        return _("Reading the list")
    return str(State(job.state).label)


@dataclass(frozen=True, slots=True)
class ReportedRow:
    """A row of a report; library_id: of the image that it became or that it is a copy of."""

    row: ImportRow
    library_id: int | None


def reported(account: Account, rows: Iterable[ImportRow]) -> list[ReportedRow]:
    """Return rows with the libraries of their images, as far as these are still there."""
    listed = list(rows)
    ids = [row.image_id for row in listed if row.image_id is not None]
    libraries = dict(account.library_images.filter(pk__in=ids).values_list("pk", "library"))
    return [ReportedRow(row, libraries.get(row.image_id or 0)) for row in listed]


def report_lines(job: ImportJob) -> Iterator[str]:
    """Write the report of a job as CSV, row by row."""
    rows = job.rows.order_by("number").iterator(chunk_size=ROWS_AT_ONCE)
    reasons = {reason.value: str(reason.label) for reason in Reason} | {"": ""}
    names = {state.value: str(state.label) for state in ImportRow.State}
    if job.is_finished:
        names[ImportRow.State.WAITING] = _("Not imported")
    titles = ("number", "name", "outcome", "reason", "detail", "image_id")
    found = (
        (row.number, row.name, names[row.state], reasons[row.reason], row.detail, row.image_id)
        for row in rows
    )
    return hash_lists.csv_lines(chain([titles], found))


def exported_lines(library: ImageLibrary) -> Iterator[str]:
    """Write the hashes of a library's live images as CSV, so that others can import them."""
    images = LibraryImage.objects.filter(library=library).live().order_by("pk")
    columns = images.only("pk", "pdq", "fingerprint", "name", "added_at")
    return hash_lists.written_lines(
        (
            image.hashes.pdq_hex,
            image.hashes.quality,
            image.name,
            image.pk,
            image.added_at.isoformat(timespec="seconds"),
        )
        for image in columns.iterator(chunk_size=ROWS_AT_ONCE)
    )
