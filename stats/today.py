"""Figures of the current day, in the account's time zone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.utils import timezone

from console.models import Account, Publication
from console.publication import publication_states
from console.times import start_of
from results.ids import first_id_of
from rules.models import Service
from stats.usage import Figures, UsageQuery, calls_of

_SLOW_SHARE = 0.95
TIMED_RESULTS = 1000  # reading all durations of a day would take longer and longer


@dataclass(frozen=True, slots=True)
class Today:
    """What the day has brought so far.

    p95_ms: 95 of 100 of its newest results took no longer; None without results.
    feedback_waiting: what people said of results and nobody has resolved.
    publishing: services whose newest version is not live everywhere.
    """

    figures: Figures
    p95_ms: float | None
    feedback_waiting: int
    publishing: list[Service]


def today_of(account: Account) -> Today:
    """Count the day so far; the queries read little, however many results there are."""
    today = timezone.localdate()
    usage = calls_of(UsageQuery(account=account, first=today, last=today))
    return Today(
        figures=sum((one.figures for one in usage), Figures()),
        p95_ms=_p95_ms(account),
        feedback_waiting=account.feedback.waiting().count(),
        publishing=_publishing(account),
    )


def _p95_ms(account: Account) -> float | None:
    day = account.results.filter(pk__gte=first_id_of(start_of(timezone.localdate())))
    newest = day.newest_first().values_list("duration_ms", flat=True)[:TIMED_RESULTS]
    durations = sorted(newest)
    return durations[math.ceil(_SLOW_SHARE * len(durations)) - 1] if durations else None


def _publishing(account: Account) -> list[Service]:
    services = list(account.services.by_code())
    states = publication_states(Publication.Topic.RULESET, [one.pk for one in services])
    return [one for one in services if states[one.pk].number and not states[one.pk].is_live]
