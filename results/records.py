"""Findings as they are stored with a result, and read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from moderation.detection import Box, Detection, Evidence, FoundFace, TextLine
from moderation.match import ImageMatch, KeywordMatch
from moderation.moderator import Moderation
from moderation.verdict import Findings


@dataclass(frozen=True, slots=True)
class Record:
    """What a stored result's verdict rests on.

    detectors: name and version of each that took part.
    large_model_text: what the large model answered, word for word.
    recognised: what the service returns of every picture, as its definition says.
    faces: empty as well if they were not looked for.
    """

    findings: Findings
    text_lines: tuple[TextLine, ...]
    detectors: tuple[tuple[str, str], ...]
    large_model_text: str
    recognised: str = ""
    faces: tuple[FoundFace, ...] = ()


def to_json(moderation: Moderation, *, recognised: str = "") -> dict[str, Any]:
    """Return what a moderation's verdict rests on as JSON-ready values."""
    record = Record(
        moderation.findings,
        moderation.text_lines,
        moderation.detectors,
        moderation.large_model_text,
        recognised,
        moderation.faces,
    )
    stored: dict[str, Any] = storable(asdict(record))
    return stored


def storable(value: Any) -> Any:
    """Replace what databases refuse in a text: null characters and halves of characters.

    Large models may write both, and so may callers.
    """
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode(errors="replace").decode()
    if isinstance(value, dict):
        return {name: storable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value


def from_json(values: Mapping[str, Any]) -> Record:
    """Read what to_json() wrote."""
    findings = values["findings"]
    return Record(
        findings=Findings(
            detections=tuple(_detection(value) for value in findings["detections"]),
            image_matches=tuple(ImageMatch(**value) for value in findings["image_matches"]),
            keyword_matches=tuple(_keyword_match(value) for value in findings["keyword_matches"]),
        ),
        text_lines=tuple(_text_line(value) for value in values["text_lines"]),
        detectors=tuple((name, version) for name, version in values["detectors"]),
        large_model_text=values["large_model_text"],
        recognised=values.get("recognised", ""),  # results of before have neither
        faces=tuple(_face(value) for value in values.get("faces", ())),
    )


def _box(value: Mapping[str, int] | None) -> Box | None:
    return None if value is None else Box(**value)


def _detection(value: Mapping[str, Any]) -> Detection:
    evidence = tuple(
        Evidence(item["text"], _box(item["box"]), item["line"]) for item in value["evidence"]
    )
    return Detection(value["label"], value["confidence"], value["detector"], evidence)


def _keyword_match(value: Mapping[str, Any]) -> KeywordMatch:
    return KeywordMatch(
        value["vocabulary_id"], value["keyword"], value["line"], Box(**value["box"])
    )


def _text_line(value: Mapping[str, Any]) -> TextLine:
    return TextLine(value["text"], Box(**value["box"]), value["confidence"])


def _face(value: Mapping[str, Any]) -> FoundFace:
    return FoundFace(Box(**value["box"]), value["score"])
