"""What writes imports: starting one, taking in what is uploaded for it, canceling it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from console.models import Member
from console.services import locked_account
from libraries import errors, import_files, import_jobs, tasks
from libraries.archives import MAX_ENTRIES
from libraries.import_files import PART_BYTES
from libraries.models import ImageLibrary, ImportJob, ImportRow, Reason
from libraries.samples import MAX_SAMPLE_BYTES

MAX_UNFINISHED = 5  # of an account at once
_NAME_CHARACTERS = 255


@transaction.atomic
def start_import(
    *,
    library: ImageLibrary,
    author: Member,
    kind: ImportJob.Kind,
    name: str = "",
    size_bytes: int = 0,
    file_count: int = 0,
) -> ImportJob:
    """Start an import of what is going to be uploaded for it.

    size_bytes: of the one file whose parts follow by add_part().
    file_count: how many pictures follow by add_pictures(), before close_upload().

    Raises TooManyImports.
    """
    account = locked_account(library.account_id)
    if account.import_jobs.unfinished().count() >= MAX_UNFINISHED:
        raise errors.TooManyImports(MAX_UNFINISHED)
    return ImportJob.objects.create(
        account=account,
        library=library,
        library_name=library.name,
        member=author,
        kind=kind,
        name=_printable(name),
        size_bytes=size_bytes,
        planned_count=file_count,
    )


def import_content(
    *, library: ImageLibrary, author: Member, kind: ImportJob.Kind, name: str, content: bytes
) -> ImportJob:
    """Import a file that is there as a whole; raise TooManyImports if it has to wait."""
    job = start_import(
        library=library, author=author, kind=kind, name=name, size_bytes=len(content)
    )
    for number, start in enumerate(range(0, max(len(content), 1), PART_BYTES)):
        add_part(job=job, number=number, content=content[start : start + PART_BYTES])
    return job


def add_part(*, job: ImportJob, number: int, content: bytes) -> None:
    """Take a part of a job's file, counted from 0; one that came before does no harm.

    Raises ImportEnded if nothing more is taken, PartMisplaced if it is not the next one.
    """
    start = number * PART_BYTES
    with transaction.atomic():
        job = _open_job(job)
        if start < job.received_bytes:
            return
        if start != job.received_bytes or len(content) != min(PART_BYTES, job.size_bytes - start):
            raise errors.PartMisplaced
        import_files.write_part(job.pk, number, content)
        job.received_bytes += len(content)
        job.changed_at = timezone.now()
        if job.received_bytes == job.size_bytes:
            job.received_at = job.changed_at
            transaction.on_commit(partial(tasks.enqueue_imports, [job.pk]))
        job.save(update_fields=["received_bytes", "changed_at", "received_at"])


def import_pictures(
    *, library: ImageLibrary, author: Member, files: Sequence[UploadedFile[bytes]]
) -> ImportJob:
    """Import pictures that were sent at once; raise TooManyImports if they have to wait."""
    job = start_import(
        library=library, author=author, kind=ImportJob.Kind.FILES, file_count=len(files)
    )
    add_pictures(job=job, files=dict(enumerate(files, 1)))
    close_upload(job=job)
    return job


def add_pictures(
    *,
    job: ImportJob,
    files: Mapping[int, UploadedFile[bytes]],
    too_large: Mapping[int, str] | None = None,
) -> None:
    """Take pictures of an import of files, each with its number; one sent twice counts once.

    too_large: names of those that were not sent because of their size.

    Raises ImportEnded if nothing more is taken.
    """
    with transaction.atomic():
        job = _open_job(job)
        numbers = [*files, *(too_large or {})]
        known = set(job.rows.filter(number__in=numbers).values_list("number", flat=True))
        rows = [
            _picture_row(job, number, file)
            for number, file in files.items()
            if number not in known and 0 < number <= MAX_ENTRIES
        ]
        rows += [
            _refused_row(job, number, name, Reason.TOO_LARGE)
            for number, name in (too_large or {}).items()
            if number not in known and 0 < number <= MAX_ENTRIES
        ]
        ImportRow.objects.bulk_create(rows)
        job.total_count += len(rows)
        job.refused_count += sum(row.state == ImportRow.State.REFUSED for row in rows)
        job.changed_at = timezone.now()
        job.save(update_fields=["total_count", "refused_count", "received_bytes", "changed_at"])
        transaction.on_commit(partial(tasks.enqueue_imports, [job.pk]))


def _picture_row(job: ImportJob, number: int, file: UploadedFile[bytes]) -> ImportRow:
    """Keep a picture and return its row, which is refused if there is no room for it."""
    size_bytes = file.size or 0
    name = file.name or ""
    if size_bytes > MAX_SAMPLE_BYTES:
        return _refused_row(job, number, name, Reason.TOO_LARGE)
    if not size_bytes:
        return _refused_row(job, number, name, Reason.UNREADABLE)
    if job.received_bytes + size_bytes > settings.IMPORT_MAX_MB << 20:
        return _refused_row(job, number, name, Reason.TOO_MUCH)
    job.received_bytes += size_bytes
    source = {"file": import_files.write_picture(job.pk, number, file.read())}
    return ImportRow(job=job, number=number, name=_printable(name), source=source)


def _refused_row(job: ImportJob, number: int, name: str, reason: Reason) -> ImportRow:
    state = ImportRow.State.REFUSED
    return ImportRow(job=job, number=number, name=_printable(name), state=state, reason=reason)


def _printable(name: str) -> str:
    return "".join(filter(str.isprintable, name))[-_NAME_CHARACTERS:]


def close_upload(*, job: ImportJob) -> None:
    """Note that every picture of an import of files has come; doing so twice is harmless."""
    now = timezone.now()
    changed = (
        ImportJob.objects.unfinished()
        .filter(pk=job.pk, kind=ImportJob.Kind.FILES, received_at=None)
        .update(received_at=now, listed_at=now, changed_at=now)
    )
    if changed:
        transaction.on_commit(partial(tasks.enqueue_imports, [job.pk]))


def _open_job(job: ImportJob) -> ImportJob:
    """Return the job, locked, while it still takes uploads."""
    locked = ImportJob.objects.select_for_update().get(pk=job.pk)
    if locked.is_finished:
        raise errors.ImportEnded
    return locked


def cancel_import(*, job: ImportJob, author: Member) -> bool:
    """Stop an import, which keeps what it has added; say whether it had not ended before."""
    return import_jobs.end(job, ImportJob.State.CANCELED, actor=author)
