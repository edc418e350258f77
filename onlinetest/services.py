"""What writes online tests: starting one, adding pictures, trying again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from console.models import Member
from onlinetest.models import OnlineTest, OnlineTestItem
from onlinetest.tasks import enqueue
from rules.models import Service


class CannotAdd(Exception):
    """A picture cannot be added to a test; the text says why, and how to mend it."""


class CannotRetry(Exception):
    """An item cannot be tried again; the text says why, and what to do instead."""


def start_test(
    *, author: Member, service: Service, data_id: str = "", info_types: Sequence[str] = ()
) -> OnlineTest:
    """Start a test without pictures; they are added one at a time as they arrive."""
    return OnlineTest.objects.create(
        account_id=service.account_id,
        author=author,
        service=service,
        data_id=data_id,
        info_types=list(info_types),
    )


@transaction.atomic
def add_file(*, test: OnlineTest, name: str, file: File[bytes]) -> OnlineTestItem:
    """Add an uploaded picture to a test and send it to the queue after the commit.

    Raises CannotAdd if the test is full or the file is empty.
    """
    if not file.size:
        raise CannotAdd(_("The file is empty. Choose another one."))
    item = OnlineTestItem(test=test, position=_next_position(test), name=name[:2048])
    item.file.save(f"{item.request_id}", file, save=False)
    return _add(item)


@transaction.atomic
def add_url(*, test: OnlineTest, url: str) -> OnlineTestItem:
    """Add the URL of a picture to a test and send it to the queue after the commit.

    The caller has validated the URL. Raises CannotAdd if the test is full.
    """
    return _add(OnlineTestItem(test=test, position=_next_position(test), name=url, url=url))


def _next_position(test: OnlineTest) -> int:
    OnlineTest.objects.select_for_update().get(pk=test.pk)  # two uploads may arrive at once
    position = test.items.count()
    if position >= settings.ONLINE_TEST_MAX_IMAGES:
        raise CannotAdd(
            _("A test takes at most %(number)d images. Start another test for the rest.")
            % {"number": settings.ONLINE_TEST_MAX_IMAGES}
        )
    return position


def _add(item: OnlineTestItem) -> OnlineTestItem:
    item.save()
    transaction.on_commit(partial(enqueue, item.pk))
    return item


@transaction.atomic
def retry(*, item: OnlineTestItem) -> None:
    """Moderate a failed item once more.

    Raises CannotRetry if its uploaded file has been deleted since.
    """
    if not item.url and not item.file:
        raise CannotRetry(_("The uploaded file is no longer kept. Add the image again."))
    failed = OnlineTestItem.objects.filter(pk=item.pk, state=OnlineTestItem.State.FAILED)
    if failed.update(state=OnlineTestItem.State.QUEUED, error="", enqueued_at=None):
        transaction.on_commit(partial(enqueue, item.pk))
