"""Imports in every state, for the pages that show them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from console.models import Account
from libraries.models import ImportJob, ImportRow, Reason
from tests.browser.pages import IMPORT_ID, IMPORT_LIBRARY_ID
from tests.factories import ImageLibraryFactory

_REFUSED = (
    (Reason.UNREADABLE, "The file is not a picture; send PNG, JPEG, BMP or WEBP."),
    (Reason.UNSAFE_PATH, ""),
    (Reason.PLAIN, ""),
)


def add_imports(account: Account) -> None:
    """Add a library with imports that run, wait, were canceled, failed, and one that is done."""
    library = ImageLibraryFactory.create(pk=IMPORT_LIBRARY_ID, account=account, name="Imported")
    now = timezone.now()

    def job(name: str, state: ImportJob.State, **fields: Any) -> ImportJob:
        shared = {"library": library, "library_name": library.name, "enqueued_at": now}
        return ImportJob.objects.create(
            account=account, kind=ImportJob.Kind.ZIP, name=name, state=state, **shared, **fields
        )

    received = {"received_at": now, "listed_at": now}
    states = ImportJob.State
    job("running.zip", states.RUNNING, total_count=12_000, added_count=5_250, **received)
    job("sent.zip", states.WAITING, size_bytes=90 << 20, received_bytes=32 << 20)
    job("waiting.zip", states.WAITING, received_at=now, size_bytes=5, received_bytes=5)
    job("canceled.zip", states.CANCELED, total_count=9, added_count=4, **received)
    job("failed.zip", states.FAILED, reason=Reason.OVERLAPPING, **received)
    done = job("done.zip", states.DONE, id=IMPORT_ID, total_count=5, skipped_count=2, **received)
    _add_rows(done)


def _add_rows(job: ImportJob) -> None:
    rows = [
        ImportRow(job=job, number=1, name="holiday/" + "猫" * 60 + ".jpg", state="added"),
        ImportRow(job=job, number=2, name="b.jpg", state="duplicate", reason=Reason.DUPLICATE),
    ]
    rows += [
        ImportRow(
            job=job, number=number, name="x" * 200, state="refused", reason=reason, detail=detail
        )
        for number, (reason, detail) in enumerate(_REFUSED, start=3)
    ]
    ImportRow.objects.bulk_create(rows)
    job.added_count, job.duplicate_count, job.refused_count = 1, 1, len(_REFUSED)
    job.save()
