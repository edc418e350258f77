"""Compile the translations with polib; Django's own command needs the gettext programs."""

from __future__ import annotations

from typing import Any

from console.commands import ReportingCommand
from console.translations import compile_messages


class Command(ReportingCommand):
    """Compile what has changed."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile and report how many files were written."""
        self.report({"compiled": len(compile_messages())}, as_json=options["json"])
