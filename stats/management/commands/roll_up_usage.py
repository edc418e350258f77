"""Counts for the usage statistics what is not counted yet."""

from __future__ import annotations

from typing import Any

from console.commands import ReportingCommand
from stats.rolling_up import counted_batches


class Command(ReportingCommand):
    """Count all results that are not counted yet, as the worker does every few seconds."""

    help = "Count for the usage statistics all results that are not counted yet."

    def handle(self, *args: Any, **options: Any) -> None:
        """Count batch by batch; what is interrupted is gone on with the next time."""
        self.report({"counted": sum(counted_batches())}, as_json=options["json"])
