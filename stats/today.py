"""Figures of the current day, in the account's time zone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Count, Q
from django.utils import timezone

from results.ids import first_id_of
from results.models import DetectionResult, DetectionResultQuerySet

_SLOW_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Figures:
    """What a day has brought so far.

    hits: results with any risk. p95_ms: 95 of 100 results took no longer; None without results.
    """

    calls: int
    hits: int
    high_risk: int
    p95_ms: float | None

    @property
    def hit_percent(self) -> float:
        """Return the share of results with any risk."""
        return 100 * self.hits / self.calls if self.calls else 0.0


def start_of_today() -> datetime:
    """Return midnight in the current time zone."""
    return timezone.make_aware(datetime.combine(timezone.localdate(), time.min))


def figures_of(results: DetectionResultQuerySet) -> Figures:
    """Count the day's results."""
    day = results.filter(pk__gte=first_id_of(start_of_today()))  # ids grow with time
    counts = day.aggregate(
        calls=Count("pk"),
        hits=Count("pk", filter=~Q(risk_level=DetectionResult.Risk.NONE)),
        high_risk=Count("pk", filter=Q(risk_level=DetectionResult.Risk.HIGH)),
    )
    return Figures(**counts, p95_ms=_p95_ms(day, counts["calls"]))


def _p95_ms(day: DetectionResultQuerySet, calls: int) -> float | None:
    if not calls:
        return None
    place = math.ceil(_SLOW_SHARE * calls) - 1
    return day.order_by("duration_ms").values_list("duration_ms", flat=True)[place]
