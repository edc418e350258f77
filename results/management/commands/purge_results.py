"""Deletes the results whose time is over at once, or shows what would go."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from console.commands import ReportingCommand
from results import cleaning


class Command(ReportingCommand):
    """Delete what the worker deletes in time, without waiting for it."""

    help = (
        "Delete the results that are older than RESULT_LIFETIME_DAYS, with their pictures, labels"
        " and feedback. The worker does so by itself; it can be interrupted and run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --dry-run."""
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="Only show what would go.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete them, or count them."""
        if options["dry_run"]:
            self._show(as_json=options["json"])
            return
        started = time.perf_counter()
        deleted = 0
        for batch in cleaning.expired_batches():
            deleted += batch
            if not options["json"]:
                self.stderr.write(f"{deleted:,} deleted")
        values = {
            "results": deleted,
            "stray_folders": cleaning.delete_stray_files(),
            "seconds": round(time.perf_counter() - started, 1),
        }
        self.report(values, as_json=options["json"])

    def _show(self, *, as_json: bool) -> None:
        values = asdict(cleaning.expired_now())
        for name in ("oldest", "newest"):
            values[name] = values[name] and values[name].isoformat(timespec="seconds")
        self.report(values, as_json=as_json)
