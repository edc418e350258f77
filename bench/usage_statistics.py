"""A year of usage from the counts against counting the results, and how fast they are counted (B8).

python -m bench.usage_statistics [RESULTS]; DATABASE_URL says where, or SQLite in a new folder. The
results are spread over the last eleven months, which is longer than they are kept otherwise.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.durations import recorded_locks, spread
from bench.filled import filled_database

ROUNDS = 7
DAYS = 330
GOAL = 100


def main() -> None:
    """Make the results, count them, and compare."""
    results = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with filled_database(results, days=DAYS) as account:
        _roll_up(results)
        _compare(account, results)


def _roll_up(results: int) -> None:
    from stats.rolling_up import counted_batches

    started = time.perf_counter()
    with recorded_locks() as locks:
        batches = list(counted_batches())
    rate = results / (time.perf_counter() - started)
    print(
        f"roll-up: {rate:,.0f} results a second; {statistics.median(batches):,.0f} in a batch,"
        f" which keeps its lock {spread(locks)}"
    )


def _compare(account: Any, results: int) -> None:
    from stats.spans import Span, add_months
    from stats.usage import UsageQuery

    today = datetime.now(UTC).date()
    span = Span(add_months(today.replace(day=1), -11), today).of_whole_months()
    query = UsageQuery(account=account, first=span.first, last=span.last, by_month=True)
    counts, direct = _timed(lambda: _from_counts(query)), _timed(lambda: _directly(query, span))
    assert counts[0] == direct[0], "the numbers differ"
    ratio = direct[1] / counts[1]
    print(
        f"B8 a year of {results:,} results: {counts[1]:.1f} ms from the counts, {direct[1]:,.0f} ms"
        f" counted directly, {ratio:,.0f} times as long (goal: at least {GOAL}); numbers equal"
    )


def _timed(ask: Callable[[], Any]) -> tuple[Any, float]:
    durations, answer = [], None
    for _ in range(ROUNDS):
        started = time.perf_counter()
        answer = ask()
        durations.append((time.perf_counter() - started) * 1000)
    return answer, statistics.median(durations)


def _from_counts(query: Any) -> tuple[Counter[Any], Counter[Any]]:
    from stats.usage import calls_of, label_hits_of

    calls: Counter[Any] = Counter()
    for one in calls_of(query):
        calls[one.date, one.service] = one.figures.calls
        calls[one.date, one.service, "hits"] = one.figures.hits
    hits = Counter({(one.service, one.label): one.hits for one in label_hits_of(query)})
    return +calls, hits


def _directly(query: Any, span: Any) -> tuple[Counter[Any], Counter[Any]]:
    """Count month by month, by the key, and labels by their index."""
    from django.db.models import Count, Q

    from results.ids import first_id_of
    from results.models import ResultLabel
    from stats.spans import add_months
    from stats.usage import SAFE_LABELS

    def first_id(day: Any) -> int:
        return first_id_of(datetime(day.year, day.month, day.day, tzinfo=UTC))

    calls: Counter[Any] = Counter()
    for month in span.months():
        results = query.account.results.filter(
            pk__gte=first_id(month), pk__lt=first_id(add_months(month, 1))
        )
        rows = results.order_by().values_list("service_code")
        for service, count, hits in rows.annotate(
            all_calls=Count("pk"), all_hits=Count("pk", filter=~Q(risk_level="none"))
        ):
            calls[month, service], calls[month, service, "hits"] = count, hits
    end = first_id(span.last + timedelta(days=1))
    labels = ResultLabel.objects.filter(
        account=query.account, result_id__gte=first_id(span.first), result_id__lt=end
    ).exclude(label__in=SAFE_LABELS)
    found = labels.order_by().values_list("service_code", "label").annotate(Count("pk"))
    return +calls, Counter({(service, label): count for service, label, count in found})


if __name__ == "__main__":
    main()
