"""Tries every detector on a built-in picture."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError

from console.commands import ReportingCommand
from libraries.engine_config import engine_config
from moderation.detectors.registry import load_registry
from moderation.detectors.self_test import DetectorCheck, check


class Command(ReportingCommand):
    """Load every detector, try it on a built-in picture, and say what came out."""

    help = "Try every detector on a built-in picture: version, labels, load time, outcome."

    def handle(self, *args: Any, **options: Any) -> None:
        """Try them all; the exit code is 1 if one does not work."""
        checks = check(load_registry(engine_config()))
        if options["json"]:
            rows = [asdict(one) for one in checks]
            self.stdout.write(json.dumps({"detectors": rows}, ensure_ascii=False))
        else:
            for one in checks:
                self.stdout.write(_line(one))
        broken = [one.name for one in checks if not one.passed]
        if broken:
            raise CommandError(f"Does not work: {', '.join(broken)}.")


def _line(check: DetectorCheck) -> str:
    state = "works" if check.passed else "FAILED"
    labels = ", ".join(check.labels) or "the labels of its services"
    return (
        f"{check.name} {check.version} ({check.licence}): {state}, "
        f"loaded in {check.load_ms:.0f} ms. {check.detail} Labels: {labels}."
    )
