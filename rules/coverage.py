"""What a service looks for, and which detector here can see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from libraries.engine_config import engine_config
from moderation.catalogue import DetectionType, Label, load_catalogue
from moderation.detectors.base import Coverage, Detector
from moderation.detectors.registry import LabelCoverage, Registry
from rules.models import LabelRule, Service


@lru_cache(maxsize=1)
def local_registry() -> Registry:
    """Return the detectors as this server is configured, without loading their networks."""
    return Registry(engine_config())


@dataclass(frozen=True, slots=True)
class CoveredLabel:
    """A label of a service with its rule; served is None if no detector here sees it."""

    label: Label
    rule: LabelRule
    served: LabelCoverage | None


@dataclass(frozen=True, slots=True)
class CoveredType:
    """A detection type with the labels that a service has of it."""

    detection_type: DetectionType
    labels: tuple[CoveredLabel, ...]

    @property
    def served_count(self) -> int:
        """Count the labels that a detector here sees."""
        return sum(label.served is not None for label in self.labels)


@dataclass(frozen=True, slots=True)
class Reach:
    """How many labels of a service are seen by a detector here."""

    service: Service
    served_count: int
    label_count: int
    asks_large_model: bool

    @property
    def is_unserved(self) -> bool:
        """Say whether nothing here can find any label of the service, or what it recognises."""
        recognises = self.service.definition.recognises
        return not (self.served_count or self.asks_large_model or recognises)


def reach_of(service: Service, registry: Registry) -> Reach:
    """Return how much of a service the detectors here see."""
    definition = service.definition
    served_count = sum(registry.coverage_of(label) is not None for label in definition.labels)
    asks_large_model = definition.uses_large_model and registry.large_model is not None
    return Reach(service, served_count, len(definition.labels), asks_large_model)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A text on what was measured, and the labels that it is about."""

    text: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeasuredDetector:
    """A detector with what was measured of it, each text once."""

    detector: Detector
    measurements: tuple[Measurement, ...]

    @property
    def is_one_for_all(self) -> bool:
        """Say whether one text is about all its labels."""
        return len(self.measurements) == 1 and len(self.measurements[0].labels) == len(
            self.detector.coverage
        )


def measured(detector: Detector) -> MeasuredDetector:
    """Return the detector with each text on what was measured of it."""
    return MeasuredDetector(detector, measurements_of(detector.coverage))


def measurements_of(coverages: Iterable[Coverage]) -> tuple[Measurement, ...]:
    """Return each text on what was measured once, with its labels, in the order given."""
    labels: dict[str, list[str]] = {}
    for coverage in coverages:
        if coverage.measured:
            labels.setdefault(coverage.measured, []).append(coverage.label)
    return tuple(Measurement(text, tuple(codes)) for text, codes in labels.items())


def coverage_of(service: Service, registry: Registry) -> list[CoveredType]:
    """Return the service's labels by detection type, both in the catalogue's order."""
    catalogue = load_catalogue()
    covered: dict[str, list[CoveredLabel]] = {}
    for rule in service.label_rules.all():
        label = catalogue.labels[rule.label]
        entry = CoveredLabel(label, rule, registry.coverage_of(rule.label))
        covered.setdefault(label.detection_type, []).append(entry)
    return [
        CoveredType(detection_type, tuple(covered[code]))
        for code, detection_type in catalogue.detection_types.items()
        if code in covered
    ]
