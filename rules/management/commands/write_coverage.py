"""Writes into README.md what the detectors can and cannot see."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from rules.coverage_document import with_coverage


class Command(BaseCommand):
    """Write the coverage table of README.md from the detectors' own registry."""

    help = "Write the coverage table of README.md from the detectors' own registry."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it."""
        path = settings.BASE_DIR / "README.md"
        path.write_text(with_coverage(path.read_text(encoding="utf-8")), encoding="utf-8")
