"""Which detectors there are, and what each can see."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from moderation.config import EngineConfig
from moderation.detectors.base import Coverage, Detector, Grade
from moderation.detectors.codes import CodeDetector
from moderation.detectors.large_model import LargeModelDetector
from moderation.detectors.meaningless import MeaninglessDetector
from moderation.detectors.nudity import NudityDetector
from moderation.detectors.objects import ObjectDetector
from moderation.detectors.text_risk import TextRiskDetector
from moderation.inference.networks import Networks, load_networks


@dataclass(frozen=True, slots=True)
class LabelCoverage:
    """Who sees a label, and how well."""

    detector: Detector
    coverage: Coverage


class Registry:
    """The detectors of one configuration.

    Asking what is covered loads nothing; the networks are loaded when they are first asked for.

    large_model: None if none is connected.
    """

    def __init__(self, config: EngineConfig) -> None:
        self.config = config
        self.detectors: tuple[Detector, ...] = (
            NudityDetector(with_nudenet=config.nudenet),
            ObjectDetector(),
            CodeDetector(),
            MeaninglessDetector(),
            TextRiskDetector(),
        )
        self.large_model = (
            None if config.large_model is None else LargeModelDetector(config.large_model)
        )

    @cached_property
    def networks(self) -> Networks:
        """Return the networks, loaded and warmed once."""
        return load_networks(self.config)

    def serving(self, labels: Collection[str]) -> tuple[Detector, ...]:
        """Return the detectors that can return any of the labels."""
        wanted = frozenset(labels)
        return tuple(
            detector
            for detector in self.detectors
            if any(coverage.label in wanted for coverage in detector.coverage)
        )

    def coverage_of(self, label: str) -> LabelCoverage | None:
        """Return which detector sees a label best; None if nothing here does."""
        found = [
            LabelCoverage(detector, coverage)
            for detector in self.detectors
            for coverage in detector.coverage
            if coverage.label == label
        ]
        grades = list(Grade)
        return min(found, key=lambda one: grades.index(one.coverage.grade), default=None)


def load_registry(config: EngineConfig) -> Registry:
    """Return a registry whose networks are loaded and warmed.

    Raises NudeNetMissing or WeightsRefused if an installed package is not as it must be.
    """
    registry = Registry(config)
    _ = registry.networks
    return registry
