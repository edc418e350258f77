"""The Excel workbook with usage, read back with another library."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import openpyxl
import pytest
from django.utils import timezone

from console.roles import Role
from results.ids import first_id_of
from stats.exports import usage_workbook
from stats.usage import UsageQuery
from tests.factories import AccountFactory, DetectionResultFactory

EXPORT = "/usage/export.xlsx"
HEADER = ("Account UID", "Service", "Usage", "Date")


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 28, 12, tzinfo=UTC))


def store(account, day, number=0, **fields):
    pk = first_id_of(datetime.combine(day, datetime.min.time(), UTC)) + number
    DetectionResultFactory(account=account, pk=pk, **fields)


def sheet(content):
    return openpyxl.load_workbook(io.BytesIO(content)).active


def rows(response):
    return list(sheet(response.content).iter_rows(values_only=True))


class TestUsageExport:
    @pytest.fixture
    def called(self, account):
        for number, (day, service) in enumerate(
            [(1, "baselineCheck"), (1, "baselineCheck"), (1, "aigcCheck"), (28, "aigcCheck")]
        ):
            store(account, datetime(2026, 11, day, tzinfo=UTC).date(), number, service_code=service)
        store(account, datetime(2026, 10, 31, tzinfo=UTC).date(), service_code="aigcCheck")
        store(AccountFactory.create(), datetime(2026, 11, 28, tzinfo=UTC).date(), 99)

    def test_days_with_calls_are_rows(self, called, member_client, account):
        response = member_client(Role.VIEWER).get(EXPORT)

        assert rows(response) == [
            HEADER,
            (account.uid, "aigcCheck", 1, "2026-10-31"),
            (account.uid, "aigcCheck", 1, "2026-11-01"),
            (account.uid, "baselineCheck", 2, "2026-11-01"),
            (account.uid, "aigcCheck", 1, "2026-11-28"),
        ]
        disposition = response.headers["Content-Disposition"]
        assert disposition == 'attachment; filename="usage-2026-10-30-2026-11-28.xlsx"'

    def test_months_with_calls_are_rows(self, called, member_client, account):
        response = member_client().get(EXPORT, {"by": "month"})

        assert rows(response) == [
            HEADER,
            (account.uid, "aigcCheck", 1, "2026-10"),
            (account.uid, "aigcCheck", 2, "2026-11"),
            (account.uid, "baselineCheck", 2, "2026-11"),
        ]

    def test_the_service_that_the_page_shows_is_exported(self, called, member_client):
        response = member_client().get(EXPORT, {"service": "baselineCheck"})

        assert [row[1] for row in rows(response)[1:]] == ["baselineCheck"]

    def test_without_calls_there_is_only_the_header(self, member_client):
        assert rows(member_client().get(EXPORT)) == [HEADER]

    def test_a_span_that_is_too_long_is_refused(self, member_client):
        response = member_client().get(EXPORT, {"first": "2026-01-01", "last": "2026-06-01"})

        assert response.status_code == 400
        assert "at most two months" in response.content.decode()

    def test_texts_stay_texts(self, account):
        account.uid = "0012345678901234"
        day = datetime(2026, 11, 28, tzinfo=UTC).date()
        store(account, day, service_code="=1+1")

        written = sheet(usage_workbook(UsageQuery(account=account, first=day, last=day)))

        assert [cell.value for cell in written[2]] == [account.uid, "=1+1", 1, "2026-11-28"]
        assert [cell.data_type for cell in written[2]] == ["s", "s", "n", "s"]
        assert written["B2"].data_type != "f"
