"""The usage statistics: spans, totals, labels, services, and what is refused."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains

from console.roles import Role
from moderation.catalogue import load_catalogue
from results.ids import first_id_of
from rules.services import install_catalogue
from stats.models import DailyUsage, MonthlyUsage
from stats.rolling_up import counted_batches
from stats.spans import Span, add_months
from tests.factories import AccountFactory, DetectionResultFactory
from tests.html import faults

USAGE = "/usage/"
LABELS = "/usage/labels/"
MAX_PAGE_BYTES = 60_000
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
TODAY = NOW.date()
numbers = itertools.count(1)
HTMX = {"HX-Request": "true", "HX-Target": "usage"}


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def store(account, day=TODAY, **fields):
    """Store a result at noon of a day."""
    noon = datetime.combine(day, NOW.time(), UTC)
    pk = first_id_of(noon) + next(numbers)
    return DetectionResultFactory(account=account, pk=pk, **fields)


def count(account, day, *, calls, high=0):
    """Leave counted usage of a day, and of its month."""
    for model, start in ((DailyUsage, day), (MonthlyUsage, day.replace(day=1))):
        row, _ = model.objects.get_or_create(
            account=account,
            date=start,
            source="api",
            service_code="baselineCheck",
            defaults={"calls": 0, "high": 0, "medium": 0, "low": 0},
        )
        row.calls += calls
        row.high += high
        row.save()


def totals(response):
    return {total.name: (total.now, total.change) for total in response.context["usage"].totals}


class TestUsage:
    def test_it_shows_the_last_thirty_days_with_what_is_not_counted_yet(
        self, member_client, account
    ):
        store(account, risk_level="high")
        list(counted_batches())
        store(account, risk_level="none")
        store(account, TODAY - timedelta(days=29), risk_level="low")
        store(account, TODAY - timedelta(days=30))
        store(DetectionResultFactory().account)

        response = member_client(Role.VIEWER).get(USAGE)

        shown = response.context["usage"]
        assert len(shown.columns) == 30
        assert [column.date for column in shown.columns][-1] == TODAY
        assert totals(response)["Calls"] == (3, 200)
        assert totals(response)["High risk"] == (1, 0)
        assert (shown.columns[-1].figures.hits, shown.columns[-1].figures.misses) == (1, 1)
        assert faults(response.content.decode()) == []

    def test_the_page_costs_few_queries(
        self, member_client, account, django_assert_max_num_queries
    ):
        install_catalogue(account=account)
        for service in ("baselineCheck", "aigcCheck", "baselineCheck_global"):
            for label in ("violent_gun", "pt_qrCode"):
                store(account, service_code=service, label=label)
        list(counted_batches())
        client = member_client()

        with django_assert_max_num_queries(9):
            client.get(USAGE)

    def test_htmx_gets_the_statistics_alone(self, member_client, account):
        store(account)

        fragment = member_client().get(USAGE, headers=HTMX).content.decode()

        assert "Usage statistics" in fragment
        assert "<html" not in fragment
        assert faults(fragment, is_fragment=True) == []

    def test_labels_are_ranked_with_their_shares(self, member_client, account):
        for label in ("violent_gun", "violent_gun", "violent_gun", "pt_qrCode"):
            store(account, label=label)
        store(account, risk_level="none")

        shares = member_client().get(USAGE).context["usage"].labels

        assert [(one.label, one.hits, one.percent) for one in shares] == [
            ("violent_gun", 3, 75),
            ("pt_qrCode", 1, 25),
        ]
        assert [one.prefix for one in shares] == ["violent", "pt"]

    def test_each_service_has_its_own_labels(self, member_client, account):
        install_catalogue(account=account)
        store(account, service_code="baselineCheck", label="pt_qrCode")
        store(account, service_code="baselineCheck", label="pt_qrCode")
        store(account, service_code="aigcCheck_07", label="violent_gun")

        response = member_client().get(USAGE)

        first, second = response.context["usage"].services
        assert (first.code, first.figures.calls) == ("baselineCheck", 2)
        assert [one.label for one in first.labels] == ["pt_qrCode"]
        assert (second.code, second.name) == ("aigcCheck_07", "")
        assert [one.label for one in second.labels] == ["violent_gun"]
        assert faults(response.content.decode()) == []

    def test_labels_of_the_other_services_come_when_they_are_asked_for(
        self, member_client, account
    ):
        store(account, service_code="baselineCheck", label="pt_qrCode")
        store(account, service_code="baselineCheck", label="pt_qrCode")
        store(account, service_code="aigcCheck", label="violent_gun")
        store(account, TODAY - timedelta(days=1), service_code="aigcCheck", label="pt_logo")
        store(AccountFactory(), service_code="aigcCheck", label="violent_knives")
        client = member_client()

        page = client.get(USAGE, {"first": "2026-11-28"})
        assertContains(page, f'hx-get="{LABELS}?first=2026-11-28&amp;service=aigcCheck"')
        labels = client.get(LABELS, {"first": "2026-11-28", "service": "aigcCheck"})

        assert [share.label for share in labels.context["shares"]] == ["violent_gun"]
        link = "/results/?label=violent_gun&amp;service=aigcCheck&amp;since=2026-11-28"
        assertContains(labels, f'href="{link}"')
        assert faults(labels.content.decode(), is_fragment=True) == []

    def test_the_table_of_labels_has_all_of_them(self, member_client, account):
        for label in ("violent_gun", "violent_gun", "pt_qrCode"):
            store(account, label=label)

        table = member_client().get(LABELS, {"view": "table"})

        for part in ("violent_gun", "66.67 %", "pt_qrCode", "33.33 %"):
            assertContains(table, part)

    def test_a_page_of_many_services_and_labels_stays_small(self, member_client, account):
        install_catalogue(account=account)
        labels = sorted(load_catalogue().labels)
        for number, service in enumerate(account.services.all()):
            rows = [
                DailyUsage(
                    account=account,
                    date=TODAY,
                    source="api",
                    service_code=service.code,
                    label=label,
                    calls=1000 + number,
                    high=0,
                    medium=0,
                    low=1000,
                )
                for label in ["", *labels[:80]]
            ]
            DailyUsage.objects.bulk_create(rows)

        response = member_client().get(USAGE)

        assert len(response.context["usage"].services) > 20
        assert len(response.content) < MAX_PAGE_BYTES

    @pytest.mark.parametrize(
        "query", [{"first": "x"}, {"first": "2026-11-28", "last": "2020-01-01"}]
    )
    def test_labels_of_days_that_cannot_be_shown_do_not_exist(self, query, member_client):
        assert member_client().get(LABELS, query).status_code == 404

    def test_one_service_can_be_chosen(self, member_client, account):
        store(account, service_code="baselineCheck")
        store(account, service_code="deleted_copy")

        response = member_client().get(USAGE, {"service": "deleted_copy"})

        assert totals(response)["Calls"][0] == 1
        assert '<option value="deleted_copy" selected>' in response.content.decode()

    def test_changes_compare_with_the_time_before(self, member_client, account):
        count(account, TODAY, calls=30, high=3)
        count(account, TODAY - timedelta(days=7), calls=40, high=2)

        response = member_client().get(USAGE, {"period": "7d"})

        assert totals(response) == {
            "Calls": (30, -25),
            "Hit risk labels": (3, 50),
            "Hit rate": (10, 5),
            "High risk": (3, 50),
        }

    def test_months_are_shown_with_their_sums(self, member_client, account):
        count(account, date(2026, 2, 28), calls=5)
        count(account, date(2025, 12, 1), calls=2)
        store(account)

        response = member_client().get(USAGE, {"by": "month"})

        columns = response.context["usage"].columns
        assert [column.date for column in columns][::11] == [date(2025, 12, 1), date(2026, 11, 1)]
        assert [column.figures.calls for column in columns] == [2, 0, 5, *[0] * 8, 1]
        assert totals(response)["Calls"] == (8, None)

    def test_a_label_leads_to_its_results(self, member_client, account):
        store(account, service_code="baselineCheck", label="violent_gun")

        page = member_client().get(USAGE, {"period": "7d"}).content.decode()

        link = next(part for part in page.split('"') if "label=violent_gun" in part)
        query = parse_qs(urlsplit(link.replace("&amp;", "&")).query)
        assert query["label"] == ["violent_gun"]
        assert query["since"] == ["2026-11-22"]

    def test_styles_in_the_page_are_allowed_here_alone(self, member_client, account):
        client = member_client()

        here, elsewhere = (
            {name: set(sources) for name, *sources in map(str.split, policy.split(";"))}
            for policy in (
                client.get(url).headers["Content-Security-Policy"] for url in (USAGE, "/results/")
            )
        )

        assert here.pop("style-src") == {"'self'", "'unsafe-inline'"}
        assert elsewhere.pop("style-src") == {"'self'"}
        assert here == elsewhere


class TestEmpty:
    def test_an_account_without_calls_is_told_so(self, member_client):
        page = member_client().get(USAGE).content.decode()

        assert "No call on these days" in page
        assert faults(page) == []

    def test_a_service_without_calls_leads_to_all(self, member_client, account):
        store(account)

        page = member_client().get(USAGE, {"service": "<script>"}).content.decode()

        assert "No call matches" in page
        assert "<script>&" not in page
        assert faults(page) == []


class TestSpans:
    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ({"first": "2026-09-01", "last": "2026-11-01"}, "End before 2026-11-01"),
            (
                {"first": "2026-11-28", "last": "2026-11-27"},
                "To: The end is before the start: exchange the two days.",
            ),
            ({"first": "2026-02-30", "last": "2026-03-02"}, "valid date"),
            ({"first": "0001-01-01", "last": "0001-01-02"}, "valid date"),
            ({"first": "9999-12-30", "last": "9999-12-31"}, "valid date"),
            ({"by": "month", "first": "2025-11-30", "last": "2026-11-01"}, "at most 12 months"),
            ({"by": "week"}, "not one of the available choices"),
            ({"first": "' OR 1=1 --"}, "valid date"),
        ],
    )
    def test_what_cannot_be_shown_is_said_kindly(self, query, text, member_client, account):
        store(account)

        response = member_client().get(USAGE, query)

        assert response.status_code == 200
        assert text in response.content.decode()
        assert response.context["usage"] is None
        assert faults(response.content.decode()) == []

    @pytest.mark.parametrize(
        ("query", "first", "last"),
        [
            ({"first": "2026-09-01", "last": "2026-10-31"}, date(2026, 9, 1), date(2026, 10, 31)),
            ({"first": "2026-11-01"}, date(2026, 11, 1), TODAY),
            ({"last": "2026-03-31"}, date(2026, 2, 28), date(2026, 3, 31)),
            ({"period": "month"}, date(2026, 11, 1), TODAY),
            ({"period": "last-month"}, date(2026, 10, 1), date(2026, 10, 31)),
            ({"period": "2m"}, date(2026, 10, 1), TODAY),
            ({"period": "1d"}, TODAY, TODAY),
            ({"period": "nonsense"}, date(2026, 10, 30), TODAY),
            (
                {"by": "month", "first": "2026-01-31", "last": "2026-02-01"},
                date(2026, 1, 1),
                date(2026, 2, 28),
            ),
            ({"by": "month"}, date(2025, 12, 1), date(2026, 11, 30)),
        ],
    )
    def test_spans(self, query, first, last, member_client):
        shown = member_client().get(USAGE, query).context["usage"].query

        assert (shown.first, shown.last) == (first, last)

    def test_today_is_that_of_the_account(self, member_client, account, monkeypatch):
        monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 28, 17, tzinfo=UTC))
        account.time_zone = "Asia/Shanghai"
        account.save()

        shown = member_client().get(USAGE).context["usage"].query

        assert shown.last == date(2026, 11, 29)

    def test_days_with_a_change_of_clocks_hold_all_their_calls(self, member_client, account):
        account.time_zone = "America/New_York"
        account.save()
        for hour in range(25):  # the first of November has so many
            moment = datetime(2026, 11, 1, 4, 30, tzinfo=UTC) + timedelta(hours=hour)
            DetectionResultFactory(account=account, pk=first_id_of(moment))
        query = {"first": "2026-10-31", "last": "2026-11-02"}

        columns = member_client().get(USAGE, query).context["usage"].columns

        assert [column.figures.calls for column in columns] == [0, 25, 0]

    @pytest.mark.parametrize(
        ("day", "months", "expected"),
        [
            (date(2026, 1, 31), 1, date(2026, 2, 28)),
            (date(2024, 12, 31), 2, date(2025, 2, 28)),
            (date(2026, 1, 15), -1, date(2025, 12, 15)),
            (date(2026, 11, 30), 1, date(2026, 12, 30)),
        ],
    )
    def test_months_are_added_by_the_calendar(self, day, months, expected):
        assert add_months(day, months) == expected

    def test_the_time_before_is_as_long(self):
        assert Span(date(2026, 3, 3), date(2026, 3, 9)).before(by_month=False) == Span(
            date(2026, 2, 24), date(2026, 3, 2)
        )
        assert Span(date(2026, 2, 1), date(2026, 3, 31)).before(by_month=True) == Span(
            date(2025, 12, 1), date(2026, 1, 31)
        )


def test_the_sidebar_leads_to_it(member_client):
    page = member_client(Role.VIEWER).get(reverse("overview")).content.decode()

    assert 'href="/usage/"' in page
