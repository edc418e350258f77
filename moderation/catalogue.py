"""The services and labels that exist, read from catalogue.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

CATALOGUE_FILE = Path(__file__).parent / "data" / "catalogue.toml"

BY_LARGE_MODEL = "VL"


@dataclass(frozen=True, slots=True)
class DetectionType:
    """One tab of a service's rules, with the labels that belong to it.

    tab: the title of the tab. name: the same in a few words.
    """

    code: str
    tab: str
    name: str


@dataclass(frozen=True, slots=True)
class LabelFamily:
    """Labels that share a prefix; prefix is the part of the code before its first underscore."""

    code: str
    name: str
    prefix: str
    detection_type: str


@dataclass(frozen=True, slots=True)
class SpecialLabel:
    """A label that is returned for want of any other, so it has no rule."""

    code: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Label:
    """One kind of content, under its wire code; codes are case-sensitive.

    text_in_image: whether it judges the picture's text, so that it takes a vocabulary and
    not an image library.
    variant_of: the code of the label with the same meaning, empty if there is none.
    overlaps_with: codes of labels with a similar meaning.
    """

    code: str
    name: str
    description: str
    family: str
    detection_type: str
    text_in_image: bool
    default_on: bool
    variant_of: str = ""
    overlaps_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceDefinition:
    """A moderation product as documented, before an account changes its rules.

    region_class: "mainland", "cross-border" or "global".
    scenario: "general", "AIGC", "business", "special" or "VL" (large model).
    default: whether it is recommended as the first service to call.
    qps: calls per second that an account may make.
    label_source: "documented", "provisional" (borrowed, see note) or "none".
    note: one sentence for people, often empty.
    detection_types: those documented as its own, in order; a few labels are of other types.
    labels: codes, in order.
    recognises: what it returns of every picture, asked for or not: "text", "faces" or nothing.
    """

    code: str
    name: str
    region_class: str
    scenario: str
    default: bool
    qps: int
    max_side_px: int
    label_source: str
    note: str
    detection_types: tuple[str, ...]
    labels: tuple[str, ...]
    recognises: str = ""

    @property
    def uses_large_model(self) -> bool:
        """Return whether the connected large model takes part."""
        return self.scenario == BY_LARGE_MODEL


@dataclass(frozen=True)
class Catalogue:
    """Everything of catalogue.toml, by code and in the file's order."""

    detection_types: Mapping[str, DetectionType]
    families: Mapping[str, LabelFamily]
    special_labels: Mapping[str, SpecialLabel]
    labels: Mapping[str, Label]
    services: Mapping[str, ServiceDefinition]

    def labels_of(self, service: str) -> tuple[Label, ...]:
        """Return the labels of a service, in its own order.

        Raises KeyError if there is no such service.
        """
        return tuple(self.labels[code] for code in self.services[service].labels)


Row = TypeVar("Row", DetectionType, LabelFamily, SpecialLabel, Label, ServiceDefinition)


@cache
def load_catalogue() -> Catalogue:
    """Read the catalogue; the file is read once for each process."""
    document = tomllib.loads(CATALOGUE_FILE.read_text(encoding="utf-8"))
    return Catalogue(
        detection_types=_by_code(DetectionType(**row) for row in document["detection_type"]),
        families=_by_code(LabelFamily(**row) for row in document["family"]),
        special_labels=_by_code(SpecialLabel(**row) for row in document["special_label"]),
        labels=_by_code(Label(**_frozen(row)) for row in document["label"]),
        services=_by_code(ServiceDefinition(**_frozen(row)) for row in document["service"]),
    )


def _by_code(rows: Iterable[Row]) -> dict[str, Row]:
    return {row.code: row for row in rows}


def _frozen(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
