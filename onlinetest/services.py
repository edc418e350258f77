"""What writes online tests: starting a run, adding uploads, trying again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from console.models import Account, Author, Member
from console.services import locked_account, record
from moderation.image import ImageLimits
from onlinetest import cleaning, tasks
from onlinetest.models import STOPPED, TestItem, TestRun
from rules.models import Service

MAX_UPLOAD_BYTES = ImageLimits().max_bytes


@transaction.atomic
def start_run(
    *,
    author: Author,
    service: Service,
    urls: Sequence[str],
    upload_count: int,
    data_id: str = "",
    info_types: Sequence[str] = (),
) -> TestRun:
    """Start a run with its URLs, which come first; the uploads follow by add_upload()."""
    run = TestRun.objects.create(
        account_id=author.account_id,
        member=author if isinstance(author, Member) else None,
        service=service,
        data_id=data_id,
        info_types=list(info_types),
        planned_count=len(urls) + upload_count,
    )
    items = TestItem.objects.bulk_create(
        TestItem(run=run, position=position, name=url[-255:], url=url)
        for position, url in enumerate(urls)
    )
    transaction.on_commit(partial(tasks.enqueue, [item.pk for item in items]))
    return run


def add_upload(
    *,
    run: TestRun,
    position: int,
    file: UploadedFile[bytes],
    asked_url: str = "",
    unsent_bytes: int = 0,
) -> TestItem:
    """Add an uploaded image to a run, or return the one that has its place already.

    A file that cannot be taken becomes a failed item that says why.

    unsent_bytes: the size of a file that the browser kept, as it is too large; file is empty then.

    Raises TestRun.DoesNotExist if the run was deleted meanwhile.
    """
    name = (file.name or "")[-255:]
    item = TestItem(run=run, position=position, name=name, asked_url=asked_url)
    problem = _problem_of(unsent_bytes or file.size or 0)
    if problem:
        item.state, item.error_code, item.error = TestItem.State.FAILED, "UploadRefused", problem
    else:
        item.upload.save(f"{run.pk}/{item.request_id}", file, save=False)
    try:
        with transaction.atomic():
            item.save(force_insert=True)
    except IntegrityError:
        item.upload.delete(save=False)
        return _there_already(run, position)
    if not problem:
        transaction.on_commit(partial(tasks.enqueue, [item.pk]))
    return item


def _there_already(run: TestRun, position: int) -> TestItem:
    """Return what was sent before, because the answer to that was lost."""
    item = run.items.filter(position=position).first()
    if item is None:
        raise TestRun.DoesNotExist
    return item


def _problem_of(size: int) -> str:
    if not size:
        return _("The file is empty; choose the image again.")
    if size > MAX_UPLOAD_BYTES:
        limit = MAX_UPLOAD_BYTES >> 20
        return _("The file is larger than %(limit)s MB; make it smaller.") % {"limit": limit}
    return ""


def retry(*, item: TestItem) -> None:
    """Send a failed image to the workers once more; nothing happens to any other."""
    failed = TestItem.objects.filter(pk=item.pk, state=TestItem.State.FAILED)
    changed = failed.update(
        state=TestItem.State.QUEUED,
        error="",
        error_code="",
        attempts=0,
        enqueued_at=None,
        changed_at=timezone.now(),
    )
    if changed:
        transaction.on_commit(partial(tasks.enqueue, [item.pk]))


def stop(*, item: TestItem) -> None:
    """End an image that is not finished, as failed; nothing happens to any other.

    A worker that is at it goes on, but what it finds is not this test's any more.
    """
    unfinished = TestItem.objects.filter(pk=item.pk, state__in=TestItem.UNFINISHED)
    unfinished.update(
        state=TestItem.State.FAILED,
        error_code=STOPPED,
        error=_("It was stopped."),
        changed_at=timezone.now(),
    )


@transaction.atomic
def clear_history(*, account: Account, author: Author) -> int:
    """Delete all runs of an account, and return how many there were; their results stay.

    What is in the queue is not tested any more.
    """
    locked_account(account.pk)
    runs = cleaning.locked(TestRun.objects.filter(account=account))
    for item in TestItem.objects.filter(run__in=runs).exclude(upload=""):
        transaction.on_commit(partial(cleaning.delete_file, item))
    TestRun.objects.filter(pk__in=runs).delete()
    record(actor=author, action="online_test.clear", subject="", details={"runs": len(runs)})
    return len(runs)
