"""From a network's raw score to the confidence that people are shown."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

HIGHEST_CONFIDENCE_PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising piecewise-linear curve through points of (score, confidence in percent).

    A score below the first point means that nothing was found; scores beyond the last point
    have its confidence.

    Raises ValueError if there is no point, scores do not rise, confidences fall or lie
    outside 0 to 100.
    """

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        """Refuse a curve that is not a rising one."""
        if not self.points:
            raise ValueError("a calibration needs at least one point")
        for (score, confidence), (next_score, next_confidence) in pairwise(self.points):
            if next_score <= score or next_confidence < confidence:
                raise ValueError(f"not rising: {self.points}")
        if self.points[0][1] < 0 or self.points[-1][1] > HIGHEST_CONFIDENCE_PERCENT:
            raise ValueError(f"not within 0 to 100 percent: {self.points}")

    @classmethod
    def of(cls, points: Iterable[Iterable[float]]) -> Self:
        """Read the points as a data file has them, lists of two numbers."""
        pairs = (tuple(point) for point in points)
        return cls(tuple((float(score), float(confidence)) for score, confidence in pairs))

    @property
    def start(self) -> float:
        """Return the lowest score that is reported."""
        return self.points[0][0]

    def confidence(self, score: float) -> float | None:
        """Return the confidence for a score, percent with two decimals; None below the start."""
        place = bisect_right(self.points, score, key=lambda point: point[0])
        if place == 0:
            return None
        low_score, low = self.points[place - 1]
        if place == len(self.points):
            return low
        high_score, high = self.points[place]
        return round(low + (high - low) * (score - low_score) / (high_score - low_score), 2)
