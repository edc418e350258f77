"""How risky a label or a picture is."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class RiskLevel(StrEnum):
    """The four levels, as the wire spells them; the console writes "Safe" for none."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """Return 0 for none to 3 for high."""
        return list(RiskLevel).index(self)


def highest(levels: Iterable[RiskLevel]) -> RiskLevel:
    """Return the most serious of the levels; none if there are no levels."""
    return max(levels, key=lambda level: level.rank, default=RiskLevel.NONE)


def level_of(confidence: float, *, medium_risk_score: float, high_risk_score: float) -> RiskLevel:
    """Return the level of a detected label: low below medium, medium below high, else high.

    confidence and both scores: percent, 0 to 100.
    """
    if confidence >= high_risk_score:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM if confidence >= medium_risk_score else RiskLevel.LOW
