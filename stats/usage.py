"""What the usage statistics say: calls, hits and labels of an account.

Each function asks in one statement for what is counted and for what is not counted yet, so that it
sees both as they were at one moment, whatever a roll-up does meanwhile (stats.rolling_up).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum, Value

from console.models import Account
from moderation.verdict import EXEMPT_LABEL, NO_LABEL
from results.models import UncountedResult
from stats.models import DailyUsage, MonthlyUsage

SAFE_LABELS = frozenset({NO_LABEL, EXEMPT_LABEL})
_LEVELS = ("high", "medium", "low")
_SUMS = {f"all_{name}": Sum(name) for name in ("calls", *_LEVELS)}
_COUNTS = {"all_calls": Count("*")} | {
    f"all_{level}": Count("risk_level", filter=Q(risk_level=level)) for level in _LEVELS
}


@dataclass(frozen=True, slots=True)
class Figures:
    """How many calls there were, and how many of each risk level; the rest was safe."""

    calls: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0

    @property
    def hits(self) -> int:
        """Count the calls with any risk."""
        return self.high + self.medium + self.low

    @property
    def misses(self) -> int:
        """Count the calls without any risk."""
        return self.calls - self.hits

    @property
    def hit_percent(self) -> float:
        """Return the share of calls with any risk."""
        return 100 * self.hits / self.calls if self.calls else 0.0

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.calls + other.calls,
            self.high + other.high,
            self.medium + other.medium,
            self.low + other.low,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageQuery:
    """Whose usage, and of which days.

    first, last: both included, in the account's time zone.
    by_month: sum up by month; a month that is not wholly asked for counts in part.
    services: their codes; empty for all.
    label: count only the calls that returned it; empty for all calls.
    """

    account: Account
    first: date
    last: date
    by_month: bool = False
    services: tuple[str, ...] = ()
    label: str = ""

    @property
    def is_of_whole_months(self) -> bool:
        """Say whether it begins and ends with a month."""
        return self.first.day == 1 and (self.last + timedelta(days=1)).day == 1

    @property
    def rows(self) -> Q:
        """Return the condition that counted and uncounted rows have in common."""
        rows = Q(account=self.account, date__gte=self.first, date__lte=self.last)
        return rows & Q(service_code__in=self.services) if self.services else rows


@dataclass(frozen=True, slots=True)
class ServiceUsage:
    """A service's calls of one day, or of the month that begins with that day."""

    service: str
    date: date
    figures: Figures


@dataclass(frozen=True, slots=True)
class LabelUsage:
    """How many calls of a service returned a label that tells of a risk."""

    service: str
    label: str
    hits: int


def date_text(query: UsageQuery, day: date) -> str:
    """Write a day as 2026-01-31, or its month as 2026-01 if months are asked for."""
    return day.isoformat()[:7] if query.by_month else day.isoformat()


def calls_of(query: UsageQuery) -> list[ServiceUsage]:
    """Return each service's calls by day or month; only those with calls, by date and code."""
    months = query.by_month and query.is_of_whole_months
    sums: dict[tuple[date, str], Figures] = defaultdict(Figures)
    uncounted = UncountedResult.objects.filter(query.rows).annotate(
        all_labels=F("labels") if query.label else Value("")  # which is read much faster
    )
    rows = _rows(query, Q(label=query.label), uncounted, months=months, by_date=True)
    for service, label, figures, day in rows:
        if label == query.label:
            sums[day.replace(day=1) if query.by_month else day, service] += figures
    return [ServiceUsage(service, day, sums[day, service]) for day, service in sorted(sums)]


def label_hits_of(query: UsageQuery) -> list[LabelUsage]:
    """Return how often each service returned each label of a risk, most frequent first."""
    wanted = Q(label=query.label) if query.label else ~Q(label="")
    hits: dict[tuple[str, str], int] = defaultdict(int)
    risky = UncountedResult.objects.filter(query.rows).exclude(labels__in=SAFE_LABELS)
    uncounted = risky.annotate(all_labels=F("labels"))
    rows = _rows(query, wanted, uncounted, months=query.is_of_whole_months, by_date=False)
    for service, label, figures, *_ in rows:
        if label and label not in SAFE_LABELS and query.label in ("", label):
            hits[service, label] += figures.calls
    ordered = sorted(hits.items(), key=lambda item: (-item[1], item[0]))
    return [LabelUsage(service, label, count) for (service, label), count in ordered]


def _rows(
    query: UsageQuery,
    wanted: Q,
    uncounted: QuerySet[UncountedResult],
    *,
    months: bool,
    by_date: bool,
) -> Iterator[tuple[Any, ...]]:
    """Yield service, label, figures, and the date if it is asked for.

    wanted: what to read of the counts.
    uncounted: what to read of the rest; its all_labels come each, and "".
    """
    dates = ("date",) if by_date else ()
    model = MonthlyUsage if months else DailyUsage
    counted = model.objects.filter(query.rows & wanted).values("service_code", "label", *dates)
    columns = ("all_calls", "all_high", "all_medium", "all_low", *dates)
    both = (
        counted.annotate(is_counted=Value(1), **_SUMS)
        .values_list("is_counted", "service_code", "label", *columns)
        .union(
            uncounted.values("service_code", "all_labels", *dates)
            .annotate(is_counted=Value(0), **_COUNTS)
            .values_list("is_counted", "service_code", "all_labels", *columns),
            all=True,
        )
    )
    for is_counted, service, labels, calls, high, medium, low, *day in both:
        figures = Figures(int(calls), int(high), int(medium), int(low))  # sums may be decimals
        for label in (labels,) if is_counted else ("", *filter(None, labels.split(","))):
            yield service, label, figures, *day
