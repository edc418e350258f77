"""What a service looks for, and which detector here can see it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from moderation.catalogue import DetectionType, Label, load_catalogue
from moderation.detectors.registry import LabelCoverage, Registry
from rules.engine_config import engine_config
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
