"""Calls and hits of today and the six days before, in the account's time zone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from console.models import Account
from rules.models import LabelRule, Service
from stats.usage import UsageQuery, calls_of, label_hits_of

DAYS = 7


@dataclass(frozen=True, slots=True)
class ServiceWeek:
    """How often a service was called on each day, oldest first."""

    service: Service
    calls: tuple[int, ...]

    @property
    def call_count(self) -> int:
        """Count the calls of all days."""
        return sum(self.calls)


@dataclass(frozen=True, slots=True)
class LabelWeek:
    """How often a label was returned; percent: of the most frequent label beside it."""

    rule: LabelRule
    hit_count: int
    percent: float


def _days() -> list[date]:
    today = timezone.localdate()
    return [today - timedelta(days=back) for back in reversed(range(DAYS))]


def calls_of_week(account: Account, services: Sequence[Service]) -> list[ServiceWeek]:
    """Count the calls of each service by day, in one query."""
    days = _days()
    calls: dict[tuple[str, date], int] = defaultdict(int)
    for one in calls_of(UsageQuery(account=account, first=days[0], last=days[-1])):
        calls[one.service, one.date] = one.figures.calls
    return [ServiceWeek(one, tuple(calls[one.code, day] for day in days)) for one in services]


def hits_of_week(service: Service, rules: Sequence[LabelRule]) -> list[LabelWeek]:
    """Count how often a service returned each label, in one query."""
    days = _days()
    query = UsageQuery(
        account=service.account, first=days[0], last=days[-1], services=(service.code,)
    )
    returned = {one.label: one.hits for one in label_hits_of(query)}
    hits = [(rule, returned.get(rule.label, 0)) for rule in rules]
    top = max((count for _, count in hits), default=0) or 1
    return [LabelWeek(rule, count, 100 * count / top) for rule, count in hits]
