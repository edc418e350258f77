"""The part of README.md that says what the detectors can and cannot see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from moderation.catalogue import Catalogue, Label, load_catalogue
from moderation.config import EngineConfig
from moderation.detectors.base import Coverage
from moderation.detectors.registry import LabelCoverage, Registry
from rules.coverage import measurements_of

BEGIN = "<!-- coverage: written by make readme; do not edit -->"
END = "<!-- end of coverage -->"


def with_coverage(document: str) -> str:
    """Return the document with the part between the marks written anew.

    Raises ValueError if a mark is missing.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document lacks the mark {END if begin else BEGIN}")
    return f"{before}{BEGIN}\n\n{_coverage()}\n{END}{after}"


def _coverage() -> str:
    catalogue = load_catalogue()
    plain, with_nudenet = _registry(nudenet=False), _registry(nudenet=True)
    rows, unseen = [], []
    for label in catalogue.labels.values():
        usual, best = plain.coverage_of(label.code), with_nudenet.coverage_of(label.code)
        if best is None:
            unseen.append(label)
        else:
            rows.append(_Row(label, usual or best, needs_nudenet=usual is None))
    return "\n".join(
        [
            f"{len(rows)} of {len(catalogue.labels)} labels are served by a detector:",
            "",
            "| label | detector | grade | what it sees and misses |",
            "|---|---|---|---|",
            *(row.line for row in rows),
            "",
            "What was measured:",
            "",
            *_measured(rows),
            "",
            f"The other {len(unseen)} are recognised only by a connected large model or a custom "
            "image library:",
            "",
            *_by_type(unseen, catalogue),
            "",
        ]
    )


def _registry(*, nudenet: bool) -> Registry:
    return Registry(EngineConfig(Path(settings.MODEL_DIR), nudenet=nudenet))


@dataclass(frozen=True, slots=True)
class _Row:
    label: Label
    found: LabelCoverage
    needs_nudenet: bool

    @property
    def detector(self) -> str:
        name = self.found.detector.name
        return f"{name} (with NudeNet)" if self.needs_nudenet else name

    @property
    def line(self) -> str:
        coverage = self.found.coverage
        cells = (f"`{self.label.code}`", self.detector, coverage.grade.value, coverage.note)
        return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _measured(rows: Iterable[_Row]) -> Iterator[str]:
    coverages: dict[str, list[Coverage]] = {}
    for row in rows:
        coverages.setdefault(row.detector, []).append(row.found.coverage)
    for detector, covered in coverages.items():
        for measurement in measurements_of(covered):
            names = ", ".join(f"`{label}`" for label in measurement.labels)
            labels = "" if len(measurement.labels) == len(covered) else f", {names}"
            yield f"- {detector}{labels}: {measurement.text}"


def _by_type(labels: Iterable[Label], catalogue: Catalogue) -> Iterator[str]:
    codes: dict[str, list[str]] = {}
    for label in labels:
        codes.setdefault(label.detection_type, []).append(f"`{label.code}`")
    for code, names in codes.items():
        yield f"- {catalogue.detection_types[code].name}: {', '.join(names)}"
