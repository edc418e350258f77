"""Sums equal a direct count of the same results, whatever happens in whatever order."""

from __future__ import annotations

import itertools
import zoneinfo
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from console.batches import Pace
from results.cleaning import delete_expired
from results.ids import first_id_of
from results.models import UncountedResult
from stats import rolling_up, tasks
from stats.models import DailyUsage, MonthlyUsage
from stats.usage import SAFE_LABELS, UsageQuery, calls_of, label_hits_of
from tests.factories import AccountFactory, DetectionResultFactory

pytestmark = pytest.mark.django_db

MARCH_1 = datetime(2026, 3, 1, tzinfo=UTC)
ZONES = ("UTC", "Asia/Shanghai", "America/New_York")

stores = st.tuples(
    st.just("store"),
    st.integers(0, 1),  # account
    # around the ends of two months, and the night in which New York's clocks change
    st.sampled_from([0, 44_640, 10_500]).flatmap(lambda at: st.integers(at - 900, at + 900)),
    st.sampled_from(["baselineCheck", "aigcCheck"]),
    st.sampled_from(["high", "medium", "low", "none"]),
    st.lists(
        st.sampled_from(["violent_gun", "pt_qrCode", "violent_gun_lib", "nonLabel_lib"]),
        unique=True,
        min_size=1,
    ),
    st.booleans(),  # whether the process dies before it commits
)
roll_ups = st.tuples(st.just("roll_up"), st.integers(1, 4))
crashes = st.tuples(st.just("crash"), st.integers(1, 4), st.integers(1, 8))
retentions = st.tuples(st.just("retain"), st.integers(1, 3))
moves = st.tuples(st.just("move"), st.integers(0, 1), st.sampled_from(ZONES))
events = st.one_of(stores, stores, stores, roll_ups, crashes, retentions, moves)


class Crash(Exception):
    """The process dies."""


class World:
    """Results come, are counted and go; the world keeps a tally of its own."""

    def __init__(self) -> None:
        self.accounts = [AccountFactory.create(), AccountFactory.create(time_zone=ZONES[1])]
        self.calls: Counter[tuple[object, ...]] = Counter()
        self.hits: Counter[tuple[object, ...]] = Counter()
        self.stored = 0

    def store(self, place, minutes, service, risk, labels, dies) -> None:
        account = self.accounts[place]
        moment = MARCH_1 + timedelta(minutes=minutes)
        self.stored += 1
        try:
            with transaction.atomic():
                DetectionResultFactory(
                    pk=first_id_of(moment) + self.stored,
                    account=account,
                    service_code=service,
                    source="api" if minutes % 2 else "test",
                    risk_level=risk,
                    labels=[
                        {"label": label, "confidence": 90, "risk_level": risk} for label in labels
                    ],
                    thumbnail=f"results/{self.stored}/thumbnail.webp",  # nobody looks at it
                    preview=f"results/{self.stored}/preview.jpg",
                )
                if dies:
                    raise Crash
        except Crash:
            return
        day = moment.astimezone(zoneinfo.ZoneInfo(account.time_zone)).date()
        self.calls[place, day, service, risk] += 1
        for label in set(labels) - SAFE_LABELS:
            self.hits[place, day, service, label] += 1

    def roll_up(self, batch_size) -> None:
        rolling_up.roll_up(Pace(batch_size))

    def crash(self, batch_size, statements) -> None:
        number = itertools.count(1)

        def dying(execute, *args):
            if next(number) == statements:
                raise Crash
            return execute(*args)

        with suppress(Crash), connection.execute_wrapper(dying):
            rolling_up.roll_up(Pace(batch_size))

    def retain(self, batch_size) -> None:
        delete_expired(Pace(batch_size))  # results of last March have all expired

    def move(self, place, zone) -> None:
        self.accounts[place].time_zone = zone
        self.accounts[place].save()

    def check(self) -> None:
        for place, account in enumerate(self.accounts):
            self._check(place, account, date(2026, 1, 1), date(2026, 12, 31))
            self._check(place, account, date(2026, 2, 1), date(2026, 2, 28))
            self._check(place, account, date(2026, 2, 27), date(2026, 3, 8))

    def _check(self, place, account, first, last) -> None:
        """Compare what is asked for by day and by month with the own tally."""

        def wanted(tally):
            return [
                (key, count)
                for key, count in tally.items()
                if key[0] == place and first <= key[1] <= last
            ]

        by_day: Counter[tuple[object, ...]] = Counter()
        by_month: Counter[tuple[object, ...]] = Counter()
        hits: Counter[tuple[object, ...]] = Counter()
        for (_, day, service, risk), count in wanted(self.calls):
            by_day[day, service, risk] += count
            by_month[day.replace(day=1), service, risk] += count
        for (_, _day, service, label), count in wanted(self.hits):
            hits[service, label] += count
        query = UsageQuery(account=account, first=first, last=last)
        monthly = UsageQuery(account=account, first=first, last=last, by_month=True)
        assert counted(calls_of(query)) == by_day
        assert counted(calls_of(monthly)) == by_month
        assert {(one.service, one.label): one.hits for one in label_hits_of(query)} == hits


def counted(usage) -> Counter[tuple[object, ...]]:
    sums: Counter[tuple[object, ...]] = Counter()
    for one in usage:
        figures = one.figures
        for risk in ("high", "medium", "low"):
            sums[one.date, one.service, risk] = getattr(figures, risk)
        sums[one.date, one.service, "none"] = figures.misses
    return +sums


class TestSums:
    @given(st.lists(events, max_size=12))
    @hypothesis_settings(max_examples=25, deadline=None)
    def test_they_equal_a_direct_count_at_every_moment(self, happenings):
        with transaction.atomic():
            world = World()
            for name, *details in happenings:
                getattr(world, name)(*details)
                world.check()
            list(rolling_up.counted_batches())
            world.check()
            assert not UncountedResult.objects.exists()
            transaction.set_rollback(True)


class TestRollUp:
    def test_the_oldest_come_first_and_none_twice(self, account):
        DetectionResultFactory.create_batch(5, account=account)

        counts = [rolling_up.roll_up(Pace(2)) for _ in range(4)]

        assert counts == [2, 2, 1, 0]
        assert sum(DailyUsage.objects.filter(label="").values_list("calls", flat=True)) == 5

    def test_online_tests_are_calls_of_their_own_source(self, account):
        DetectionResultFactory(account=account, source="test")
        DetectionResultFactory(account=account, source="api")

        rolling_up.roll_up(Pace(100))

        calls = DailyUsage.objects.filter(label="").values_list("source", "calls")
        assert sorted(calls) == [("api", 1), ("test", 1)]

    def test_a_batch_costs_few_statements(self, account, django_assert_max_num_queries):
        for label in ("violent_gun", "violent_knives", "pt_qrCode"):
            DetectionResultFactory.create_batch(4, account=account, label=label)

        with django_assert_max_num_queries(7):
            rolling_up.roll_up(Pace(100))

    def test_nothing_to_count_takes_no_lock(self, account, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert rolling_up.roll_up(Pace(100)) == 0

    def test_the_task_counts_all_there_is(self, account, monkeypatch):
        monkeypatch.setattr(rolling_up, "_FIRST_BATCH", 2)
        DetectionResultFactory.create_batch(5, account=account)

        tasks.roll_up_usage()

        assert not UncountedResult.objects.exists()

    def test_the_task_ends_in_time(self, account, monkeypatch):
        monkeypatch.setattr(rolling_up, "_FIRST_BATCH", 2)
        monkeypatch.setattr(tasks, "_AT_MOST_S", -1.0)
        DetectionResultFactory.create_batch(5, account=account)

        tasks.roll_up_usage()

        assert UncountedResult.objects.count() == 3

    def test_the_command_reports_how_many(self, account, capsys):
        DetectionResultFactory.create_batch(3, account=account)

        call_command("roll_up_usage", "--json")

        assert capsys.readouterr().out == '{"counted": 3}\n'

    @pytest.mark.parametrize("task", [tasks.roll_up_usage, tasks.forget_old_usage])
    def test_beat_knows_the_tasks(self, task):
        assert task.name in [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]


@pytest.mark.django_db(transaction=True)
class TestSeveralAtOnce:
    def test_each_result_is_counted_once(self):
        account = AccountFactory.create()
        leave(account, range(400))
        errors: list[BaseException] = []

        def count() -> None:
            for _ in range(30):
                rolling_up.roll_up(Pace(20, most=20, least=20))

        def store() -> None:
            leave(account, range(400, 440))

        threads = [
            Thread(target=in_own_connection, args=(work, errors))
            for work in (count, count, count, store)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        list(rolling_up.counted_batches())

        assert errors == []
        assert calls(DailyUsage) == calls(MonthlyUsage) == {"": 440, "violent_gun": 440}
        assert not UncountedResult.objects.exists()


def leave(account, numbers) -> None:
    """Leave results of two days, all alike, to be counted."""
    for number in numbers:
        moment = MARCH_1 + timedelta(hours=12 + 24 * (number % 2))
        UncountedResult.objects.create(
            pk=first_id_of(moment) + number,
            account=account,
            date=moment.date(),
            service_code="baselineCheck",
            source="api",
            risk_level="high",
            labels="violent_gun",
        )


def calls(model) -> dict[str, int]:
    return dict(model.objects.values_list("label").annotate(Sum("calls")).order_by("label"))


def in_own_connection(work, errors: list[BaseException]) -> None:
    try:
        work()
    except BaseException as error:  # noqa: BLE001 - the test shows it
        errors.append(error)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_the_task_empties_the_log_of_the_database(monkeypatch):
    in_transaction = []
    monkeypatch.setattr(
        tasks, "checkpoint", lambda: in_transaction.append(connection.in_atomic_block)
    )

    tasks.roll_up_usage()

    assert in_transaction == [False]


class TestForgetOldUsage:
    def test_a_year_is_kept(self, account):
        for model, day in [
            (DailyUsage, date(2025, 11, 27)),
            (DailyUsage, date(2025, 11, 28)),
            (MonthlyUsage, date(2025, 10, 1)),
            (MonthlyUsage, date(2025, 11, 1)),
        ]:
            model.objects.create(
                account=account, date=day, source="api", calls=1, high=0, medium=0, low=0
            )

        deleted = rolling_up.forget_old_usage(date(2026, 11, 29))

        assert deleted == 2
        assert DailyUsage.objects.get().date == date(2025, 11, 28)
        assert MonthlyUsage.objects.get().date == date(2025, 11, 1)

    def test_the_task_says_what_it_deleted(self, account, caplog):
        DailyUsage.objects.create(
            account=account, date=date(2020, 1, 1), source="api", calls=1, high=0, medium=0, low=0
        )

        with caplog.at_level("INFO"):
            tasks.forget_old_usage()

        assert "deleted 1 rows" in caplog.text
