"""What becomes of imports whose upload stopped, and of old reports."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from libraries import import_jobs
from libraries.import_models import ImportJob, ImportRow, Reason
from libraries.models import KeywordImport

UPLOAD_STOPPED_AFTER = timedelta(minutes=15)
ROWS_AT_ONCE = 5_000


def end_stopped_uploads() -> int:
    """Go on without what was announced and never sent; return how many imports it concerns.

    An import of files ends with those that came; of anything else too little is known.
    """
    quiet_since = timezone.now() - UPLOAD_STOPPED_AFTER
    jobs = list(ImportJob.objects.unfinished().filter(received_at=None, changed_at__lt=quiet_since))
    for job in jobs:
        if job.kind == ImportJob.Kind.FILES and job.total_count:
            now = timezone.now()
            ImportJob.objects.filter(pk=job.pk, received_at=None).update(
                received_at=now, listed_at=now, reason=Reason.UPLOAD_STOPPED
            )
        else:
            import_jobs.end(job, ImportJob.State.FAILED, Reason.UPLOAD_STOPPED)
    return len(jobs)


def delete_old_imports() -> int:
    """Delete old reports, some thousand rows at a time; return how many rows there were."""
    oldest = timezone.now() - timedelta(days=settings.IMPORT_LIFETIME_DAYS)
    job = ImportJob.objects.filter(finished_at__lt=oldest).order_by("finished_at").first()
    if job is None:
        return 0
    rows = list(job.rows.order_by("number").values_list("pk", flat=True)[:ROWS_AT_ONCE])
    ImportRow.objects.filter(pk__in=rows).delete()
    if len(rows) < ROWS_AT_ONCE:
        job.delete()
    return len(rows)


def delete_old_keyword_imports() -> int:
    """Delete what became of lines of keywords long ago; return how many reports there were."""
    oldest = timezone.now() - timedelta(days=settings.IMPORT_LIFETIME_DAYS)
    return KeywordImport.objects.filter(created_at__lt=oldest).delete()[0]
