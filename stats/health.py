"""How the parts of the installation are, each measured now, and what to do about what is not well.

Only what holds the whole installation is looked at, nothing of an account.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.models import PROCESS_GONE_AFTER, ModeratingProcess, PublicationCounter
from console.serving.checks import LEAST_FREE_BYTES
from rules.installation import CONVERTED_NETWORKS
from stats.background import BackgroundStatus, background_status

LITTLE_FREE_BYTES = 2 * 2**30
_SHOWN_FOR = timedelta(days=1)  # after a process was seen the last time


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the installation.

    state: "live", "pending" (soon a problem) or "failed".
    measured: what was found.
    fix: what to do; empty if all is well.
    """

    name: str
    state: str
    measured: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """A process that judges pictures. behind: how many publications it has not taken over."""

    process: ModeratingProcess
    is_running: bool
    behind: int


def processes() -> list[ProcessRow]:
    """Return the processes that were seen within a day, the oldest first."""
    now = timezone.now()
    newest = PublicationCounter.newest_number()
    return [
        ProcessRow(
            process=one,
            is_running=one.seen_at >= now - PROCESS_GONE_AFTER,
            behind=max(newest - one.applied_number, 0),
        )
        for one in ModeratingProcess.objects.filter(seen_at__gte=now - _SHOWN_FOR)
    ]


def parts(rows: list[ProcessRow]) -> list[Part]:
    """Measure every part; takes up to about a second, as workers have that long to answer."""
    status = background_status()
    return [
        *_judging(rows),
        _database(),
        _broker(status),
        *([_workers(status)] if status.is_connected else []),
        _networks(),
        _picture_store(),
        _disk(),
    ]


def _judging(rows: list[ProcessRow]) -> Iterator[Part]:
    """Tell whether processes of both kinds run, and have the newest rules."""
    restart = _("Look for the reason in the log, and start Assay again: make run.")
    for kind in ModeratingProcess.Kind:
        running = [row for row in rows if row.is_running and row.process.kind == kind]
        behind = sum(row.behind > 0 for row in running)
        name = _("Web processes") if kind == ModeratingProcess.Kind.WEB else _("Worker processes")
        if not running:
            yield Part(name, "failed", _("None was seen for 15 seconds."), restart)
            continue
        text = _("%(count)s running") % {"count": len(running)}
        if behind:
            late = ngettext(
                "%(count)s has not taken over the newest rules",
                "%(count)s have not taken over the newest rules",
                behind,
            )
            fix = _("Wait a moment and check again. If it stays so: ") + restart
            yield Part(name, "pending", f"{text}, {late % {'count': behind}}", fix)
        else:
            yield Part(name, "live", text)


def _database() -> Part:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    milliseconds = (time.perf_counter() - started) * 1000
    values = {"name": connection.display_name, "milliseconds": f"{milliseconds:.1f}"}
    text = _("%(name)s answered in %(milliseconds)s ms") % values
    file = Path(str(connection.settings_dict["NAME"]))
    if connection.vendor == "sqlite" and file.is_file():
        text += f", {filesizeformat(file.stat().st_size)}"
    return Part(_("Database"), "live", text)


def _broker(status: BackgroundStatus) -> Part:
    name = "Redis"
    if status.is_connected:
        queues = ", ".join(f"{queue}: {length}" for queue, length in status.queues)
        return Part(name, "live", _("It answers. Tasks waiting: %(queues)s") % {"queues": queues})
    fix = _("Start Redis or Valkey, and check REDIS_URL.")
    if settings.OWN_VALKEY:
        fix = _("Assay starts its own Valkey: look for its messages in the log, then run make run.")
    return Part(name, "failed", _("It does not answer."), fix)


def _workers(status: BackgroundStatus) -> Part:
    name = _("Background work")
    if not status.workers:
        fix = _("Look for the reason in the log, and start Assay again: make run.")
        return Part(name, "failed", _("No worker answers; tasks wait."), fix)
    text = ngettext("%(count)s program answers", "%(count)s programs answer", status.workers)
    return Part(name, "live", text % {"count": status.workers})


def _networks() -> Part:
    name = _("Model files")
    files = sorted(Path(settings.MODEL_DIR).glob(CONVERTED_NETWORKS))
    if not files:
        fix = _("Start Assay again with make run: it converts the networks.")
        values = {"folder": settings.MODEL_DIR}
        return Part(name, "failed", _("No network is in %(folder)s.") % values, fix)
    size = filesizeformat(sum(file.stat().st_size for file in files))
    count = ngettext("%(count)s file, %(size)s", "%(count)s files, %(size)s", len(files))
    return Part(name, "live", count % {"count": len(files), "size": size})


def _picture_store() -> Part:
    name = _("Picture store")
    folder = Path(settings.MEDIA_ROOT)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"0" * 4096)
            probe.flush()
    except OSError as error:
        fix = _("Let the user that runs Assay write to %(folder)s, and free space on its disk.")
        return Part(name, "failed", str(error), fix % {"folder": folder})
    return Part(name, "live", _("A file was written to %(folder)s.") % {"folder": folder})


def _disk() -> Part:
    usage = shutil.disk_usage(settings.DATA_DIR)
    values = {"free": filesizeformat(usage.free), "total": filesizeformat(usage.total)}
    text = _("%(free)s of %(total)s are free") % values
    if usage.free >= LITTLE_FREE_BYTES:
        return Part(_("Disk"), "live", text)
    state = "pending" if usage.free >= LEAST_FREE_BYTES else "failed"
    fix = _("Free space, keep results for fewer days (RESULT_LIFETIME_DAYS), or move DATA_DIR.")
    return Part(_("Disk"), state, text, fix)
