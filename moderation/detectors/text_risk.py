"""Risks in the text of a picture, found by rules and word lists."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from moderation.context import ImageContext
from moderation.detection import Detection, Evidence, TextLine
from moderation.detectors.base import Coverage, Grade
from moderation.text.rules import TextRisk, find_risks

LABELS_FILE = Path(__file__).parents[1] / "data" / "text_labels.toml"
MAX_EVIDENCE = 50


@dataclass(frozen=True, slots=True)
class TextLabel:
    """A label that is returned for risks of some categories."""

    code: str
    categories: frozenset[str]
    coverage: Coverage


class TextRiskDetector:
    """Looks for risky words and contact details in what the text reader read."""

    name = "text rules"
    version = "1"
    licence = "Apache-2.0 AND MIT"

    def __init__(self) -> None:
        self._labels = _labels()
        self.coverage = tuple(label.coverage for label in self._labels)

    def detect(self, context: ImageContext) -> list[Detection]:
        """Return a detection for each label, with the words and the lines that they stand in."""
        lines = context.checked_lines
        risks = find_risks([line.text for line in lines]) if lines else []
        detections = []
        for label in self._labels:
            served = [risk for risk in risks if risk.category in label.categories]
            if served:
                evidence = _evidence(served, lines)
                detections.append(Detection(label.code, _confidence(served), self.name, evidence))
        return detections


def _confidence(risks: Sequence[TextRisk]) -> float:
    """Return the confidence of the surest risk, and a little more for each further word."""
    document = _document()
    surest = max(_risk_confidence(risk) for risk in risks)
    further = len({risk.words for risk in risks}) - 1
    confidence: float = min(surest + further * document["each_further"], document["highest"])
    return confidence


def _risk_confidence(risk: TextRisk) -> float:
    document = _document()
    by_rule = document["rule_confidence"].get(risk.rule)
    return float(by_rule or document["confidence"][risk.category][risk.strength])


def _evidence(risks: Iterable[TextRisk], lines: Sequence[TextLine]) -> tuple[Evidence, ...]:
    words_of_line: dict[int, dict[str, None]] = defaultdict(dict)
    for risk in risks:
        words_of_line[risk.line][risk.words] = None
    return tuple(
        Evidence(", ".join(_longest(words)), lines[number].box, lines[number].text)
        for number, words in sorted(words_of_line.items())[:MAX_EVIDENCE]
    )


def _longest(words: Iterable[str]) -> list[str]:
    """Leave out words that stand inside others, such as a number without its prefix."""
    kept = list(words)
    return [word for word in kept if not any(word != other and word in other for other in kept)]


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(LABELS_FILE.read_text(encoding="utf-8"))


@cache
def _labels() -> tuple[TextLabel, ...]:
    document = _document()
    return tuple(
        TextLabel(
            row["code"],
            frozenset(row["categories"]),
            Coverage(row["code"], Grade(row["grade"]), row["note"], document["measured"]),
        )
        for row in document["label"]
    )
