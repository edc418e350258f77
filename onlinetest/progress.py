"""How far a run is, and what its page shows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Max, Q
from django.utils import timezone

from onlinetest.models import TestItem, TestRun
from results.answers import answer_of
from results.details import Details

STALLED_AFTER = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Progress:
    """The figures of a run.

    total_count: all images that were announced.
    missing_count: images that were announced but have not been uploaded.
    unsent_count: images that the broker has not taken, because it is away.
    is_stalled: images wait, and for a while no worker has taken one.
    """

    total_count: int
    missing_count: int
    finished_count: int
    failed_count: int
    unfinished_count: int
    unsent_count: int
    is_stalled: bool
    tally: dict[str, int]


def progress_of(run: TestRun) -> Progress:
    """Count the images of a run by state and risk level."""
    states, risks = TestItem.State, ("high", "medium", "low", "none")
    figures = run.items.aggregate(
        items=Count("pk"),
        failed=Count("pk", filter=Q(state=states.FAILED)),
        unfinished=Count("pk", filter=Q(state__in=TestItem.UNFINISHED)),
        unsent=Count("pk", filter=Q(state=states.QUEUED, enqueued_at=None)),
        changed_at=Max("changed_at"),
        **{risk: Count("pk", filter=Q(result__risk_level=risk)) for risk in risks},
    )
    quiet_since = timezone.now() - STALLED_AFTER
    return Progress(
        total_count=max(run.planned_count, figures["items"]),
        missing_count=max(0, run.planned_count - figures["items"]),
        finished_count=figures["items"] - figures["unfinished"],
        failed_count=figures["failed"],
        unfinished_count=figures["unfinished"],
        unsent_count=figures["unsent"],
        is_stalled=bool(figures["unfinished"] and figures["changed_at"] < quiet_since),
        tally={risk: figures[risk] for risk in risks},
    )


@dataclass(frozen=True, slots=True)
class Card:
    """An image of a run with its details; auxiliary is what the run asked for, as JSON."""

    item: TestItem
    details: Details | None
    auxiliary: str


def cards_of(run: TestRun, items: Iterable[TestItem]) -> list[Card]:
    """Return the cards of images that were read with their results."""
    return [_card(run, item) for item in items]


def _card(run: TestRun, item: TestItem) -> Card:
    if item.result is None:
        return Card(item, None, "")
    ext = answer_of(item.result, run.info_types)["Data"].get("Ext")
    auxiliary = json.dumps(ext, indent=2, ensure_ascii=False) if ext else ""
    return Card(item, Details(item.result), auxiliary)
