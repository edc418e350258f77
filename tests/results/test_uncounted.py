"""Word of results that the usage statistics have not counted yet."""

from datetime import UTC, date, datetime
from importlib import import_module

import pytest
from django.apps import apps

from results.ids import first_id_of, moment_of
from results.models import UncountedResult
from tests.factories import DetectionResultFactory

pytestmark = pytest.mark.django_db


def test_the_day_is_that_of_the_account(account):
    account.time_zone = "Asia/Shanghai"
    account.save()

    DetectionResultFactory(
        account=account, pk=first_id_of(datetime(2026, 2, 28, 16, tzinfo=UTC)), label="pt_qrCode"
    )

    uncounted = UncountedResult.objects.get()
    assert (uncounted.date, uncounted.labels) == (date(2026, 3, 1), "pt_qrCode")


def test_an_id_tells_its_moment():
    moment = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)

    assert moment_of(first_id_of(moment) + 77) == moment


def test_results_of_earlier_versions_are_left_to_be_counted(account):
    results = DetectionResultFactory.create_batch(3, account=account)
    wanted = list(UncountedResult.objects.order_by("pk").values())
    UncountedResult.objects.all().delete()
    migration = import_module("results.migrations.0007_leave_results_uncounted")

    migration.leave_uncounted(apps, None)

    assert list(UncountedResult.objects.order_by("pk").values()) == wanted
    assert len(wanted) == len(results)
