"""Runs that somebody deletes while others add to them, and while workers look at them."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from console.models import AuditEntry
from onlinetest import cleaning, services, work
from onlinetest.models import TestItem, TestRun
from tests import pictures
from tests.at_once import at_once
from tests.factories import MemberFactory, ServiceFactory

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = 12


@pytest.fixture
def author():
    return MemberFactory.create()


def upload():
    return SimpleUploadedFile("a.png", b"not a picture")


def test_a_history_is_cleared_while_others_test(author):
    service = ServiceFactory.create(account=author.account)
    start = {"author": author, "service": service, "urls": ["http://127.0.0.1:9/"] * 3}

    def test():
        run = services.start_run(**start, upload_count=1)
        with suppress(TestRun.DoesNotExist):
            services.add_upload(run=run, position=3, file=upload())

    def clear():
        services.clear_history(account=author.account, author=author)

    def claim():
        for pk in TestItem.objects.order_by("?").values_list("pk", flat=True)[:1]:
            work._claim(pk)

    def delete_old():
        TestRun.objects.update(created_at=timezone.now() - timedelta(days=60))
        cleaning.delete_old_runs()

    at_once([test, test, clear, clear, claim, delete_old], times=TIMES)

    assert AuditEntry.objects.filter(action="online_test.clear").count() == 2 * TIMES


def test_an_upload_to_a_run_that_was_deleted_meanwhile_is_not_there(client, start, monkeypatch):
    run = start(("cat.jpg", pictures.cat()))
    add_upload = services.add_upload

    def add_once_deleted(**arguments):
        TestRun.objects.all().delete()
        return add_upload(**arguments)

    monkeypatch.setattr(services, "add_upload", add_once_deleted)

    response = client.post(
        reverse("onlinetest:add_item", args=[run.pk]), {"position": 1, "image": upload()}
    )

    assert response.status_code == 404
    assert not TestItem.objects.exists()
