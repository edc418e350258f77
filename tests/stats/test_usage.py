"""Usage as other apps ask for it: of one label, of some services, by parts of months."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from results.ids import first_id_of
from stats.rolling_up import counted_batches
from stats.usage import UsageQuery, calls_of, date_text, label_hits_of
from tests.factories import DetectionResultFactory

pytestmark = pytest.mark.django_db


def store(account, day, number, **fields):
    pk = first_id_of(datetime(2026, 11, day, 12, tzinfo=UTC)) + number
    DetectionResultFactory(account=account, pk=pk, **fields)


@pytest.fixture
def query(account):
    """Some calls, of which some are not counted yet."""
    store(account, 1, 1, label="violent_gun", service_code="aigcCheck")
    store(account, 2, 2, label="pt_qrCode", service_code="aigcCheck", risk_level="low")
    list(counted_batches())
    store(account, 2, 3, label="violent_gun", service_code="baselineCheck", risk_level="medium")
    store(account, 20, 4, risk_level="none", service_code="baselineCheck")
    return {"account": account, "first": date(2026, 11, 1), "last": date(2026, 11, 30)}


def test_calls_that_returned_one_label_are_counted(query):
    usage = calls_of(UsageQuery(**query, label="violent_gun"))

    assert [(one.date.day, one.service, one.figures.calls) for one in usage] == [
        (1, "aigcCheck", 1),
        (2, "baselineCheck", 1),
    ]
    assert [(one.figures.high, one.figures.medium) for one in usage] == [(1, 0), (0, 1)]


def test_calls_without_a_hit_have_a_label_too(query):
    usage = calls_of(UsageQuery(**query, label="nonLabel"))

    assert [(one.date.day, one.figures.calls, one.figures.hits) for one in usage] == [(20, 1, 0)]
    assert label_hits_of(UsageQuery(**query, label="nonLabel")) == []


def test_some_services_can_be_asked_for(query):
    usage = calls_of(UsageQuery(**query, services=("baselineCheck",)))

    assert [one.service for one in usage] == ["baselineCheck", "baselineCheck"]


def test_a_month_that_is_not_wholly_asked_for_counts_in_part(query):
    part = UsageQuery(**query | {"last": date(2026, 11, 2)}, by_month=True)

    usage = calls_of(part)

    assert [(date_text(part, one.date), one.service, one.figures.calls) for one in usage] == [
        ("2026-11", "aigcCheck", 2),
        ("2026-11", "baselineCheck", 1),
    ]


def test_labels_of_a_risk_are_ranked(query):
    hits = label_hits_of(UsageQuery(**query))

    assert [(one.service, one.label, one.hits) for one in hits] == [
        ("aigcCheck", "pt_qrCode", 1),
        ("aigcCheck", "violent_gun", 1),
        ("baselineCheck", "violent_gun", 1),
    ]


@pytest.mark.skipif("connection.vendor != 'sqlite'")
@pytest.mark.parametrize("ask", [calls_of, label_hits_of])
def test_millions_that_wait_to_be_counted_are_read_from_an_index_alone(query, ask):
    with CaptureQueriesContext(connection) as asked:
        ask(UsageQuery(**query))

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked[0]['sql']}")
        plan = [detail for *_, detail in cursor.fetchall()]
    assert len(asked) == 1
    assert any("USING COVERING INDEX uncounted_usage" in detail for detail in plan)
