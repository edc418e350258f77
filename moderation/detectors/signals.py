"""What the picture detectors look for, read from detectors.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from moderation.calibration import Calibration
from moderation.detection import Detection, Evidence
from moderation.detectors.base import Coverage, Grade

DETECTORS_FILE = Path(__file__).parents[1] / "data" / "detectors.toml"


@dataclass(frozen=True, slots=True)
class Signal:
    """One number that a network gives, and what it means.

    detector: the name of the detector that computes it.
    labels: the wire codes that it serves. classes: ImageNet class numbers, may be empty.
    """

    name: str
    detector: str
    labels: tuple[str, ...]
    calibration: Calibration
    grade: Grade
    note: str
    measured: str = ""
    classes: tuple[int, ...] = ()
    needs_nudenet: bool = False

    def coverage(self) -> tuple[Coverage, ...]:
        """Return what this signal sees of each of its labels."""
        return tuple(Coverage(label, self.grade, self.note, self.measured) for label in self.labels)

    def detections(self, score: float, evidence: Iterable[Evidence] = ()) -> list[Detection]:
        """Return a detection for each label, none if the score is too low."""
        confidence = self.calibration.confidence(score)
        if confidence is None:
            return []
        reasons = tuple(evidence)
        return [Detection(label, confidence, self.detector, reasons) for label in self.labels]


def signals_of(detector: str, *, with_nudenet: bool = True) -> Mapping[str, Signal]:
    """Return a detector's signals by name, in the file's order."""
    return {
        signal.name: signal
        for signal in _all_signals()
        if signal.detector == detector and (with_nudenet or not signal.needs_nudenet)
    }


def coverage_of(signals: Iterable[Signal]) -> tuple[Coverage, ...]:
    """Return the coverage of several signals, one for each label: that of the first signal."""
    by_label: dict[str, Coverage] = {}
    for signal in signals:
        for coverage in signal.coverage():
            by_label.setdefault(coverage.label, coverage)
    return tuple(by_label.values())


def strongest(detections: Iterable[Detection]) -> list[Detection]:
    """Keep the surest detection of each label, with all the evidence."""
    by_label: dict[str, list[Detection]] = {}
    for detection in detections:
        by_label.setdefault(detection.label, []).append(detection)
    return [_merged(group) for group in by_label.values()]


def class_name(number: int) -> str:
    """Return what people call an ImageNet class.

    Raises KeyError if no signal uses the class.
    """
    return _document()["class_names"][str(number)]  # type: ignore[no-any-return]


def _merged(group: list[Detection]) -> Detection:
    best = max(group, key=lambda detection: detection.confidence)
    evidence = dict.fromkeys(reason for detection in group for reason in detection.evidence)
    return Detection(best.label, best.confidence, best.detector, tuple(evidence))


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(DETECTORS_FILE.read_text(encoding="utf-8"))


@cache
def _all_signals() -> tuple[Signal, ...]:
    return tuple(_signal(row) for row in _document()["signal"])


def _signal(row: Mapping[str, Any]) -> Signal:
    return Signal(
        name=row["name"],
        detector=row["detector"],
        labels=tuple(row["labels"]),
        calibration=Calibration.of(row["points"]),
        grade=Grade(row["grade"]),
        note=row["note"],
        measured=row["measured"],
        classes=tuple(row.get("classes", ())),
        needs_nudenet=row.get("needs_nudenet", False),
    )
