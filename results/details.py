"""A stored result as people look at it: labels against thresholds, evidence, boxes, steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from moderation.detection import Box, Detection, Evidence, FoundFace, TextLine
from moderation.ruleset import LabelPolicy, Ruleset
from results import records
from results.answers import RECOGNISES_FACES, describe
from results.highlighting import split_at
from results.matches import (
    ImageMatchRow,
    KeywordMatchRow,
    image_match_rows,
    keyword_match_rows,
    service_of,
    version_of,
)
from results.models import DetectionResult
from rules.addresses import rule_address
from rules.coverage import local_registry, reach_of
from rules.models import Service


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A returned label with the thresholds that were in force; policy is None if it has none.

    address: of its rule as it is now; empty if there is none.
    """

    code: str
    name: str
    confidence: float | None
    risk_level: str
    policy: LabelPolicy | None
    address: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle on the picture, in pixels of the original, with what it shows."""

    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One thing that a detector saw or read.

    line: the line of text in three parts, of which the middle one was hit; None if no text is
    concerned.
    """

    text: str
    line: tuple[str, str, str] | None
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class DetectionRow:
    """What one detector found of one label; number ties it to its rectangles on the picture.

    risk_level: of the returned label; empty if the service did not look for the label.
    """

    number: int
    label: str
    name: str
    confidence: float
    risk_level: str
    detector: str
    detector_version: str
    evidence: tuple[EvidenceRow, ...]

    @property
    def marks(self) -> list[Mark]:
        """Return the rectangles that there are."""
        return [row.mark for row in self.evidence if row.mark is not None]


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of the moderation, with its part of the whole time in percent."""

    name: str
    duration_ms: float
    share_percent: float


class Details:
    """Everything that the details of one result show; each part is worked out when asked for."""

    def __init__(self, result: DetectionResult, *, edits_rules: bool = False) -> None:
        """edits_rules: links to rules open their fields."""
        self.result = result
        self.edits_rules = edits_rules

    @cached_property
    def record(self) -> records.Record:
        """Return what the verdict rests on."""
        return records.from_json(self.result.findings)

    @cached_property
    def ruleset(self) -> Ruleset | None:
        """Return the rules then in force; None if the service has been deleted since."""
        version = version_of(self.result)
        return version.ruleset if version else None

    @property
    def labels(self) -> list[LabelRow]:
        """Return the returned labels, most serious first."""
        return [self._label(label) for label in self.result.labels]

    def _label(self, label: dict[str, Any]) -> LabelRow:
        code = label["label"]
        policy = self.ruleset.policies.get(code) if self.ruleset else None
        address = rule_address(self.service, code, edits=self.edits_rules) if self.service else ""
        return LabelRow(
            code, describe(code), label["confidence"], label["risk_level"], policy, address
        )

    @cached_property
    def service(self) -> Service | None:
        """Return the service as it is now; None if it has been deleted since."""
        return service_of(self.result)

    @property
    def has_changed_rules(self) -> bool:
        """Say whether the service has other rules now than then."""
        return self.service is not None and self.service.version != self.result.ruleset_version

    @cached_property
    def detections(self) -> list[DetectionRow]:
        """Return what the detectors found, those of returned labels first."""
        levels = {label["label"]: label["risk_level"] for label in self.result.labels}
        found = sorted(
            self.record.findings.detections,
            key=lambda detection: (detection.label not in levels, -detection.confidence),
        )
        return [
            self._detection(number, detection, levels.get(detection.label, ""))
            for number, detection in enumerate(found, start=1)
        ]

    def _detection(self, number: int, detection: Detection, risk_level: str) -> DetectionRow:
        return DetectionRow(
            number=number,
            label=detection.label,
            name=describe(detection.label),
            confidence=round(detection.confidence, 2),
            risk_level=risk_level,
            detector=detection.detector,
            detector_version=dict(self.record.detectors).get(detection.detector, ""),
            evidence=tuple(_evidence(evidence) for evidence in detection.evidence),
        )

    @property
    def returned_detections(self) -> list[DetectionRow]:
        """Return what is behind the returned labels."""
        return [detection for detection in self.detections if detection.risk_level]

    @cached_property
    def image_matches(self) -> list[ImageMatchRow]:
        """Return the library images that were recognised, most similar first."""
        return image_match_rows(self.result, self.record.findings.image_matches)

    @cached_property
    def keyword_matches(self) -> list[KeywordMatchRow]:
        """Return the keywords that were found, line by line."""
        return keyword_match_rows(self.result, self.record.findings.keyword_matches)

    @property
    def is_unserved(self) -> bool:
        """Say whether nothing here can find any label of the service, if it still exists."""
        return self.service is not None and reach_of(self.service, local_registry()).is_unserved

    @property
    def faces(self) -> tuple[FoundFace, ...]:
        """Return the faces that were found."""
        return self.record.faces

    @property
    def looked_for_faces(self) -> bool:
        """Say whether the service returns faces."""
        return self.record.recognised == RECOGNISES_FACES

    @property
    def text_lines(self) -> tuple[TextLine, ...]:
        """Return the lines of text as read."""
        return self.record.text_lines

    @property
    def steps(self) -> Iterator[StepRow]:
        """Return the steps in the order in which they were taken."""
        total_ms = self.result.duration_ms or 1.0
        for step in self.result.steps:
            share_percent = min(100.0, 100 * step["duration_ms"] / total_ms)
            yield StepRow(step["name"], step["duration_ms"], share_percent)


def _evidence(evidence: Evidence) -> EvidenceRow:
    mark = Mark(evidence.box, evidence.text) if evidence.box else None
    return EvidenceRow(evidence.text, split_at(evidence.line, evidence.text), mark)
