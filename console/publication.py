"""How far a change of rules or libraries has come on its way to every process that moderates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Max
from django.utils import timezone

from console.models import ModeratingProcess, Publication

SILENT_AFTER = timedelta(seconds=10)


class State(StrEnum):
    """LIVE: every process judges by it. WAITING: it is kept, but no process is running."""

    LIVE = "live"
    PUBLISHING = "publishing"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class PublicationState:
    """How far the newest change of one service, image library or vocabulary has come.

    number: 0 if nothing was ever published of it.
    process_count: of live ones, how many processes had taken it over when the last one did; 0
        if that is not known any more.
    acknowledged, running: of the others, how many of the processes that run have taken it over.
    seconds: how long it took, or has taken until now.
    is_overdue: some process has not answered for so long that people should be told.
    """

    state: State
    number: int = 0
    process_count: int = 0
    acknowledged: int = 0
    running: int = 0
    seconds: float = 0.0
    is_overdue: bool = False

    @property
    def is_live(self) -> bool:
        """Say whether every process judges by it."""
        return self.state == State.LIVE

    @property
    def silent(self) -> int:
        """Count the processes that run and have not taken it over."""
        return self.running - self.acknowledged


def publication_state(topic: Publication.Topic, subject_id: int) -> PublicationState:
    """Return how far the newest change of a service, image library or vocabulary has come."""
    return publication_states(topic, [subject_id])[subject_id]


def publication_states(
    topic: Publication.Topic, subject_ids: Sequence[int]
) -> dict[int, PublicationState]:
    """Return how far the newest change of each of several has come, in two queries at most."""
    about = Publication.objects.filter(topic=topic, subject_id__in=subject_ids).order_by()
    numbers = about.values("subject_id").annotate(newest=Max("number")).values("newest")
    newest = {one.subject_id: one for one in Publication.objects.filter(number__in=numbers)}
    now = timezone.now()
    is_pending = any(one.live_at is None for one in newest.values())
    running = ModeratingProcess.objects.running(now).values_list("applied_number", flat=True)
    applied = list(running) if is_pending else []
    return {pk: _state(newest.get(pk), applied, now) for pk in subject_ids}


def _state(
    publication: Publication | None, applied: Sequence[int], now: datetime
) -> PublicationState:
    if publication is None:
        return PublicationState(State.LIVE)
    if publication.seconds_to_live is not None:
        return PublicationState(
            State.LIVE,
            publication.number,
            process_count=publication.process_count or 0,
            seconds=publication.seconds_to_live,
        )
    since = now - publication.created_at
    return PublicationState(
        State.PUBLISHING if applied else State.WAITING,
        publication.number,
        acknowledged=sum(number >= publication.number for number in applied),
        running=len(applied),
        seconds=since.total_seconds(),
        is_overdue=since > SILENT_AFTER,
    )
