"""Adding results to the usage counts, each exactly once.

Whoever stores a result leaves an UncountedResult in the same transaction. A roll-up locks some of
those, adds them to the counts and deletes them, in one transaction as well. So at every moment, for
every reader, a result is either in the counts or uncounted: there is no watermark that a result
which commits late, or whose process has a slow clock, could slip behind; what a crash interrupts
never happened; and deleting a result, at any time, changes nothing that is counted.

Two roll-ups at once take different rows on PostgreSQL (SKIP LOCKED), and one after the other on
SQLite, whose transactions begin with the lock for writing. Both add to counts in the order of their
keys, so that neither waits for the other in a circle.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from console.batches import Pace
from results.models import UncountedResult
from stats.models import DailyUsage, MonthlyUsage, UsageCount

KEPT_DAYS = 366  # a year, whatever year it is
_FIRST_BATCH = 1000
_LEVELS = ("high", "medium", "low")
_COLUMNS = ("account_id", "date", "service_code", "source", "label")
_ALIKE = ("account_id", "date", "service_code", "source", "risk_level", "labels")
_Key = tuple[int, date, str, str, str]


def counted_batches() -> Iterator[int]:
    """Count all results that are not counted yet, batch by batch; yield how many each had."""
    pace = Pace(_FIRST_BATCH, least=_FIRST_BATCH)
    while counted := roll_up(pace):
        yield counted
        pace.rest()


def roll_up(pace: Pace) -> int:
    """Count some of the results that are not counted yet, oldest first; return how many."""
    if not UncountedResult.objects.exists():  # without the lock for writing
        return 0
    with pace.batch():
        waiting = UncountedResult.objects.select_for_update(skip_locked=True).order_by("pk")
        batch = list(waiting.values_list("pk", *_ALIKE)[: pace.size])
        tallies = _tallies(Counter(row[1:] for row in batch))
        _add(DailyUsage, tallies)
        _add(MonthlyUsage, _by_month(tallies))
        _delete([row[0] for row in batch])
    return len(batch)


def _tallies(alike: Counter[tuple[Any, ...]]) -> dict[_Key, Counter[str]]:
    """Count calls and risk levels, for all labels together ("") and for each.

    alike: values of _ALIKE, and how many results have them.
    """
    tallies: dict[_Key, Counter[str]] = defaultdict(Counter)
    for (account_id, day, service_code, source, risk_level, labels), count in alike.items():
        for label in ("", *filter(None, labels.split(","))):
            tally = tallies[account_id, day, service_code, source, label]
            tally["calls"] += count
            tally[risk_level] += count
    return tallies


def _delete(ids: list[int]) -> None:
    """Delete what has been added; ids: in their order."""
    if connection.features.has_select_for_update:  # others may hold some between them
        UncountedResult.objects.filter(pk__in=ids).delete()
    elif ids:  # nobody else writes; thousands of ids would have to be read
        UncountedResult.objects.filter(pk__gte=ids[0], pk__lte=ids[-1]).delete()


def _by_month(tallies: dict[_Key, Counter[str]]) -> dict[_Key, Counter[str]]:
    months: dict[_Key, Counter[str]] = defaultdict(Counter)
    for (account_id, day, *rest), tally in tallies.items():
        service_code, source, label = rest
        months[account_id, day.replace(day=1), service_code, source, label].update(tally)
    return months


def _add(model: type[UsageCount], tallies: dict[_Key, Counter[str]]) -> None:
    """Add to the rows that exist, and insert the others, in one statement each."""
    table = connection.ops.quote_name(model._meta.db_table)
    numbers = ("calls", *_LEVELS)
    sums = ", ".join(f"{name} = {table}.{name} + EXCLUDED.{name}" for name in numbers)
    places = ", ".join(["%s"] * (len(_COLUMNS) + len(numbers)))
    statement = (
        f"INSERT INTO {table} ({', '.join((*_COLUMNS, *numbers))}) VALUES ({places}) "  # noqa: S608 - names of our own
        f"ON CONFLICT ({', '.join(_COLUMNS)}) DO UPDATE SET {sums}"
    )
    rows: list[tuple[Any, ...]] = [
        (*key, *(tallies[key][name] for name in numbers)) for key in sorted(tallies)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def forget_old_usage(today: date | None = None) -> int:
    """Delete the days that are older than a year, and the months before them; return how many."""
    oldest = (today or timezone.now().date()) - timedelta(days=KEPT_DAYS)
    days = DailyUsage.objects.filter(date__lt=oldest).delete()[0]
    months = MonthlyUsage.objects.filter(date__lt=oldest.replace(day=1)).delete()[0]
    return days + months
