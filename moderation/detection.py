"""What a detector found in one picture, with the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the upright original; x and y are its upper left corner."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of text read in a picture; confidence is 0 to 100."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class FoundFace:
    """One face in a picture; score is the detector's own, from .2 to about 3, higher is surer."""

    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for a detection: what was seen or read, and where.

    text: the object, the words that were hit, or the rule, for people.
    box: where; None if it is the whole picture.
    line: the line of text that holds the words; empty if no text is concerned.
    """

    text: str
    box: Box | None = None
    line: str = ""


@dataclass(frozen=True, slots=True)
class Detection:
    """One label found by one detector.

    label: a wire code, such as "violent_gun".
    confidence: calibrated, percent, 0 to 100.
    """

    label: str
    confidence: float
    detector: str
    evidence: tuple[Evidence, ...] = ()
