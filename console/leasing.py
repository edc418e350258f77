"""Work that one worker at a time takes up, and that is taken back from workers that died."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.workers import is_gone, worker_name


def released(due_at: datetime) -> dict[str, Any]:
    """Return the changes that let go of work, to be taken up again from then on."""
    return {"state": Leased.State.QUEUED, "due_at": due_at, "claimed_by": ""}


LeasedT = TypeVar("LeasedT", bound="Leased")


class LeasedQuerySet(models.QuerySet[LeasedT]):
    """Work of one kind."""

    def due(self) -> Self:
        """Keep what waits and should be looked at now."""
        return self.filter(state=Leased.State.QUEUED, due_at__lte=timezone.now())

    def lease_ended(self) -> Self:
        """Keep what a worker has held for longer than it may."""
        oldest = timezone.now() - self.model.LEASE
        return self.filter(state=Leased.State.RUNNING, claimed_at__lt=oldest)

    def lost(self) -> Self:
        """Keep what was taken up by workers that have died since, as far as that is known."""
        running = self.filter(state=Leased.State.RUNNING)
        names = running.order_by().values_list("claimed_by", flat=True).distinct()
        gone = [name for name in names if is_gone(name)]
        return self.lease_ended() | running.filter(claimed_by__in=gone)

    def claim(self, pk: int) -> LeasedT | None:
        """Take work up, in one statement, so that only one worker can; None if it is not free.

        None also if it is deleted at that very moment.
        """
        oldest = timezone.now() - self.model.LEASE
        free = Q(state=Leased.State.QUEUED) | Q(state=Leased.State.RUNNING, claimed_at__lt=oldest)
        changed = self.filter(free, pk=pk).update(
            state=Leased.State.RUNNING,
            claimed_by=worker_name(),
            claimed_at=timezone.now(),
            attempts=F("attempts") + 1,
        )
        return self.filter(pk=pk).first() if changed else None

    def release_lost(self) -> int:
        """Have the work of workers that died taken up by others; return how much there was."""
        return self.lost().update(**released(timezone.now()))

    def held(self, work: LeasedT) -> Self:
        """Keep the work that claim() returned, unless somebody else has it by now."""
        return self.filter(
            pk=work.pk,
            state=Leased.State.RUNNING,
            claimed_by=work.claimed_by,
            attempts=work.attempts,
        )


class Leased(models.Model):
    """A row of work.

    LEASE: how long a worker may keep it, longer than the work ever takes.
    due_at: when somebody should look whether the work waits.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Checking")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    LEASE: ClassVar[timedelta]

    state = models.CharField(max_length=7, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=128, blank=True)

    class Meta:
        abstract = True
