"""How the processes that moderate tell what they have taken over, and what is live thereby."""

from __future__ import annotations

import os
import socket

from django.utils import timezone

from console.models import ModeratingProcess, Publication
from console.workers import is_gone


def register(process: ModeratingProcess) -> None:
    """Have everybody wait for this process from now on, and no more for those that ended here."""
    for other in ModeratingProcess.objects.filter(host=process.host).exclude(pk=process.pk):
        if is_gone(f"{other.host} {other.pid} {other.pk}"):
            other.delete()
    process.seen_at = timezone.now()
    process.save(force_insert=True)


def this_process(kind: ModeratingProcess.Kind) -> ModeratingProcess:
    """Return what is to be registered of this process."""
    return ModeratingProcess(
        kind=kind, host=socket.gethostname(), pid=os.getpid(), seen_at=timezone.now()
    )


def acknowledge(process: ModeratingProcess, number: int) -> None:
    """Tell that the process has taken over this publication and all before it."""
    process.applied_number = number
    row = ModeratingProcess.objects.filter(pk=process.pk)
    if not row.update(applied_number=number, seen_at=timezone.now()):
        register(process)


def show_alive(process: ModeratingProcess) -> None:
    """Tell that the process runs.

    It registers again if its row was deleted: it was stopped for long, or another host of the
    same name took it for one that had ended.
    """
    row = ModeratingProcess.objects.filter(pk=process.pk)
    if not row.update(seen_at=timezone.now()):
        register(process)


def mark_live(marked_number: int) -> int:
    """Mark the publications live that every process that runs has taken over.

    To be called when what this process has taken over is committed: of several processes that
    come last together, at least one sees all of them then.

    marked_number: what this returned the last time, 0 at first; nothing up to it is pending.
    """
    applied = list(ModeratingProcess.objects.running().values_list("applied_number", flat=True))
    lowest = min(applied, default=0)
    if lowest <= marked_number:
        return lowest  # lower than before after a process started, or the database was restored
    pending = Publication.objects.filter(live_at=None, number__lte=lowest)
    pending.update(live_at=timezone.now(), process_count=len(applied))
    return lowest
