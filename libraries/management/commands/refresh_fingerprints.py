"""Makes fingerprints of library images anew that an earlier version has made."""

from __future__ import annotations

from typing import Any

from console.commands import ReportingCommand
from libraries.models import ImageLibrary
from libraries.refreshing import refresh_fingerprints


class Command(ReportingCommand):
    """Make outdated fingerprints of library images anew, from the pictures that are kept."""

    help = "Make the fingerprints of library images anew that are of an earlier version."

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through all libraries; running it again does what is left."""
        counts = [refresh_fingerprints(library) for library in ImageLibrary.objects.order_by("pk")]
        values = {
            "made_anew": sum(made for made, _ in counts),
            "without_a_readable_picture": sum(failed for _, failed in counts),
        }
        self.report(values, as_json=options["json"])
