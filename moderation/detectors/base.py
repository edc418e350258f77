"""What every detector looks like."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from moderation.context import ImageContext
from moderation.detection import Detection


class Grade(StrEnum):
    """How far a detector can be trusted with a label, by measurement."""

    GOOD = "good"
    PARTIAL = "partial"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a detector can see of one label.

    note: one sentence for people: what is seen and what is missed.
    measured: the figures behind the grade, empty if there are none.
    """

    label: str
    grade: Grade
    note: str
    measured: str = ""


class Detector(Protocol):
    """Looks for a few labels in one picture; safe to call from several threads at once.

    name, version: stored with every result. licence: an SPDX expression of code and weights.
    coverage: the labels that it can return.
    """

    name: str
    version: str
    licence: str
    coverage: tuple[Coverage, ...]

    def detect(self, context: ImageContext) -> list[Detection]:
        """Return what was found, one Detection for each label, boxes in original pixels."""
        ...
