"""Calls and hits of today and the six days before, in the account's time zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from console.models import Account
from results.ids import first_id_of
from results.models import ResultLabel
from rules.models import LabelRule, Service

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


def _first_id(day: date) -> int:
    return first_id_of(timezone.make_aware(datetime.combine(day, time.min)))


def calls_of_week(account: Account, services: Sequence[Service]) -> list[ServiceWeek]:
    """Count the calls of each service by day, in one query."""
    bounds = [_first_id(day) for day in [*_days(), timezone.localdate() + timedelta(days=1)]]
    by_day = {
        f"day_{place}": Count("pk", filter=Q(pk__gte=bounds[place], pk__lt=bounds[place + 1]))
        for place in range(DAYS)
    }
    week = account.results.filter(
        pk__gte=bounds[0], service_code__in=[one.code for one in services]
    )
    rows = week.order_by().values_list("service_code").annotate(**by_day)
    calls = {code: tuple(counts) for code, *counts in rows}
    return [ServiceWeek(one, calls.get(one.code, (0,) * DAYS)) for one in services]


def hits_of_week(service: Service, rules: Sequence[LabelRule]) -> list[LabelWeek]:
    """Count how often a service returned each label, in one query."""
    found = ResultLabel.objects.filter(
        label__in=[rule.label for rule in rules],
        result_id__gte=_first_id(_days()[0]),
        result__account=service.account_id,
        result__service_code=service.code,
    )
    hits = dict(found.values_list("label").annotate(Count("pk")))
    top = max(hits.values(), default=1)
    return [
        LabelWeek(rule, hits.get(rule.label, 0), 100 * hits.get(rule.label, 0) / top)
        for rule in rules
    ]
