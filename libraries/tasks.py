"""What the worker does for libraries."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterable
from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.utils import timezone
from kombu.exceptions import OperationalError

from console.models import Account
from libraries import emptying, files, import_cleaning, import_jobs, import_work
from libraries.import_models import ImportJob

logger = logging.getLogger(__name__)
_PAUSE_S = 0.05  # between batches, for those who wait to write


@shared_task(ignore_result=True)
def delete_stray_files() -> None:
    """Delete the pictures that no library image has any more; beat sends this every hour."""
    for account in Account.objects.order_by("pk"):
        if deleted := files.delete_stray_files(account.pk):
            logger.info("deleted %s files that no library image had", deleted)


@shared_task(acks_late=True, ignore_result=True)
def empty_library(library_id: int) -> None:
    """Delete the images that a library shall lose; running it twice at once is harmless."""
    while emptying.delete_some(library_id):
        time.sleep(_PAUSE_S)


def enqueue_emptying(library_id: int) -> None:
    """Have a library emptied; while the broker is away it waits for go_on_emptying()."""
    try:
        empty_library.delay(library_id)
    except OperationalError as error:
        logger.warning("emptying library %s waits for the broker: %s", library_id, error)


@shared_task(ignore_result=True)
def go_on_emptying() -> None:
    """Take up what a worker left that was killed; beat sends this every minute."""
    for library_id in emptying.stopped_library_ids():
        empty_library(library_id)


@shared_task(acks_late=True, ignore_result=True)
def import_slice(job_id: str) -> None:
    """Do some seconds' work for an import, then go on behind whatever waits meanwhile."""
    key = uuid.UUID(job_id)
    after = import_work.run_slice(key)
    if after is import_work.Next.TRY_LATER:
        enqueue_imports([key], delay_s=1)
    elif after is import_work.Next.GO_ON:
        enqueue_imports(import_jobs.next_job_ids())


def enqueue_imports(job_ids: Iterable[uuid.UUID], *, delay_s: float = 0) -> None:
    """Send imports to the workers; while the broker is away they wait for requeue_imports()."""
    for job_id in job_ids:
        try:
            import_slice.apply_async((str(job_id),), countdown=delay_s)
        except OperationalError as error:
            logger.warning("import %s waits for the broker: %s", job_id, error)
            ImportJob.objects.filter(pk=job_id).update(enqueued_at=None)
        else:
            ImportJob.objects.filter(pk=job_id).update(enqueued_at=timezone.now())


@shared_task(ignore_result=True)
def requeue_imports(*, all_waiting: bool = False) -> None:
    """Take imports back from dead workers and send what waits; beat sends this every 10 s."""
    import_jobs.take_back()
    enqueue_imports(import_jobs.waiting_job_ids(all_waiting=all_waiting))


@worker_ready.connect
def resume_imports(**_: Any) -> None:
    """Go on where the workers before this one stopped."""
    requeue_imports.delay(all_waiting=True)


@shared_task(ignore_result=True)
def delete_old_imports() -> None:
    """End imports whose upload stopped, delete old reports; beat sends this every minute."""
    import_cleaning.end_stopped_uploads()
    import_cleaning.delete_old_imports()
    import_cleaning.delete_old_keyword_imports()
