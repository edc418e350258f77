"""Usage by the API: calls and hits by day or month, label shares, and the workbook."""

import io
import zoneinfo
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from results.models import UncountedResult
from stats import rolling_up
from tests.factories import AccessKeyFactory
from tests.openapi.console_calls import ConsoleClient
from tests.openapi.golden_answers import assert_golden
from tests.openapi.signing import PLAIN_SECRET

pytestmark = pytest.mark.django_db
DAYS = {"StartDate": "2026-01-30 00:00:00", "EndDate": "2026-02-01 23:59:59"}
_numbers = iter(range(1, 10**6))


@pytest.fixture
def ask(account):
    return ConsoleClient(AccessKeyFactory.create(account=account, plain_secret=PLAIN_SECRET))


def calls(account, day, service="baselineCheck", *, risk="none", labels="nonLabel", count=1):
    """Note calls of a day as the store of results does."""
    UncountedResult.objects.bulk_create(
        UncountedResult(
            id=next(_numbers),
            account=account,
            date=date.fromisoformat(day),
            service_code=service,
            source="api",
            risk_level=risk,
            labels=labels,
        )
        for _ in range(count)
    )


@pytest.fixture
def usage(account):
    calls(account, "2026-01-30", count=2)
    calls(account, "2026-01-30", risk="high", labels="violent_gun,pt_logo")
    calls(account, "2026-02-01", risk="low", labels="violent_gun", count=2)
    calls(account, "2026-02-01", "aigcCheck", labels="nonLabel_lib")
    calls(account, "2026-02-02", count=7)
    calls(AccessKeyFactory.create().account, "2026-01-30", count=5)


def statistics(ask, **parameters):
    return ask.data("GetCipStats", **{"ResourceType": "image", **DAYS, **parameters})


class TestGetCipStats:
    def test_all_that_it_says(self, ask, account, usage):
        answer = ask("GetCipStats", ResourceType="image", Type="cip", **DAYS)

        assert_golden("get_cip_stats", answer, Uids=account.uid)

    def test_it_is_the_same_once_it_is_rolled_up(self, ask, usage):
        before = statistics(ask)

        assert list(rolling_up.counted_batches())

        assert not UncountedResult.objects.exists()
        assert statistics(ask) == before

    def test_by_month(self, ask, usage):
        data = statistics(ask, ByMonth="true", StartDate="2026-01-01", EndDate="2026-02-28")

        assert data["X"] == ["2026-01", "2026-02"]
        assert {one["Name"]: one["Data"] for one in data["Y"]} == {
            "aigcCheck": [0, 1],
            "baselineCheck": [3, 9],
        }

    def test_one_service(self, ask, usage):
        data = statistics(ask, ServiceCode="aigcCheck")

        assert [one["Name"] for one in data["Y"]] == ["aigcCheck"]
        assert data["Z"][0]["Data"] == [0, 0, 0]  # a picture that was exempt is no hit
        assert data["TotalStat"] == {"aigcCheck": {"Total": 1}}

    def test_one_label(self, ask, usage):
        data = statistics(ask, Label="pt_logo")

        assert data["Y"] == [{"Name": "baselineCheck", "Data": [1, 0, 0]}]
        (chart,) = data["LabelStatChart"]
        assert [one["Name"] for one in chart["TreeChart"]] == ["pt_logo"]

    def test_without_calls(self, ask):
        data = statistics(ask)

        assert data["X"] == ["2026-01-30", "2026-01-31", "2026-02-01"]
        assert data["Y"] == data["Z"] == data["LabelStatChart"] == []
        assert data["TotalStat"] == {}

    def test_unasked_it_is_the_last_month_of_the_account(self, ask, account):
        account.time_zone = "Pacific/Kiritimati"
        account.save()

        data = ask.data("GetCipStats", ResourceType="image")

        today = datetime.now(zoneinfo.ZoneInfo("Pacific/Kiritimati")).date()
        assert data["X"][-1] == today.isoformat()
        assert 29 <= len(data["X"]) <= 32

    @pytest.mark.parametrize(
        ("parameters", "code"),
        [
            ({"ResourceType": ""}, 400),
            ({"ResourceType": "text"}, 401),
            ({"Type": "risk_level"}, 401),
            ({"SubUid": "1"}, 401),
            ({"ByMonth": "perhaps"}, 401),
            ({"StartDate": "2026-02-01", "EndDate": "2026-01-31"}, 401),
            ({"StartDate": "2026-01-01", "EndDate": "2026-03-01"}, 401),
            ({"StartDate": "2025-01-01", "EndDate": "2026-02-01", "ByMonth": "true"}, 401),
            ({"EndDate": "9999-12-31"}, 401),
            ({"StartDate": "soon"}, 401),
            ({"ServiceCode": "a\0"}, 401),
            ({"Label": "a\0"}, 401),
        ],
    )
    @pytest.mark.parametrize("action", ["GetCipStats", "ExportCipStats"])
    def test_what_cannot_be_asked_is_refused(self, ask, action, parameters, code):
        answer = ask(action, **{"ResourceType": "image", **DAYS, **parameters})

        assert (answer["Code"], answer["HttpStatusCode"]) == (code, code)

    def test_two_months_may_be_asked_for(self, ask):
        data = statistics(ask, StartDate="2026-01-01", EndDate="2026-02-28 23:59:59")

        assert len(data["X"]) == 59

    def test_the_queries_do_not_grow_with_the_services(self, ask, account, usage):
        statistics(ask)
        with CaptureQueriesContext(connection) as few:
            statistics(ask)
        for number in range(8):
            calls(account, "2026-01-31", f"service{number}", risk="high", labels="pt_logo")

        with CaptureQueriesContext(connection) as many:
            assert len(statistics(ask)["Y"]) == 10

        assert len(many) == len(few) <= 7


class TestExportCipStats:
    def rows(self, ask, **parameters):
        parameters = {"ResourceType": "image", **DAYS, **parameters}
        address = ask.data("ExportCipStats", **parameters)
        response = Client().get(address.removeprefix("http://testserver"))
        sheet = load_workbook(io.BytesIO(response.getvalue())).active
        return list(sheet.iter_rows(values_only=True))

    def test_a_row_for_each_service_and_day_with_calls(self, ask, account, usage):
        assert self.rows(ask) == [
            ("Account UID", "Service", "Usage", "Date"),
            (account.uid, "baselineCheck", 3, "2026-01-30"),
            (account.uid, "aigcCheck", 1, "2026-02-01"),
            (account.uid, "baselineCheck", 2, "2026-02-01"),
        ]

    def test_by_month_and_of_one_service(self, ask, account, usage):
        rows = self.rows(ask, ByMonth="True", ServiceCode="baselineCheck")

        assert rows[1:] == [
            (account.uid, "baselineCheck", 3, "2026-01"),
            (account.uid, "baselineCheck", 9, "2026-02"),
        ]


def test_a_day_is_that_which_is_written_whatever_the_time_zones(ask, account, settings):
    account.time_zone = "America/Los_Angeles"
    account.save()
    calls(account, "2026-01-31")

    moment = datetime(2026, 1, 31, 1, tzinfo=UTC).strftime("%Y-%m-%d %H:%M:%S")
    data = statistics(ask, StartDate=moment, EndDate=moment)

    assert (data["X"], data["Y"][0]["Data"]) == (["2026-01-31"], [1])
