"""The Returned Label filter: a list of labels as people and programs write it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from moderation.catalogue import Catalogue, load_catalogue
from moderation.verdict import LIBRARY_SUFFIX
from results.errors import LabelMissing, LabelsMixed, TooManyLabels

MAX_LABELS = 50
_NOT = "!="


@dataclass(frozen=True, slots=True)
class LabelList:
    """Labels as they are stored; at most one of the two has any.

    wanted: results with any of them. excluded: results with a label that is none of them.
    """

    wanted: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


ANY_LABEL = LabelList()


def read_labels(text: str) -> LabelList:
    """Read "a, b" as any of both and "!=a, b" as a label that is neither, in any case.

    Raises LabelMissing if "!=" stands alone, LabelsMixed if it follows other labels, and
    TooManyLabels.
    """
    entries = [entry.strip() for entry in text.split(",")]
    entries = [entry for entry in entries if entry]
    if len(entries) > MAX_LABELS:
        raise TooManyLabels(MAX_LABELS)
    is_not = [entry.startswith(_NOT) for entry in entries]
    if any(is_not) and not is_not[0]:
        raise LabelsMixed
    labels = [entry.removeprefix(_NOT).strip() for entry in entries]
    if not all(labels):
        raise LabelMissing
    stored = tuple(dict.fromkeys(code for label in labels for code in _stored(label)))
    return LabelList(excluded=stored) if any(is_not) else LabelList(wanted=stored)


def known_labels() -> list[str]:
    """Return all labels that can be returned, for suggestions."""
    return sorted({code for codes in _spellings().values() for code in codes}, key=str.lower)


def _stored(label: str) -> tuple[str, ...]:
    return _spellings().get(label.lower(), (label,))


@cache
def _spellings() -> Mapping[str, tuple[str, ...]]:
    """Map each label in lower case to all that results may have for it."""
    catalogue = load_catalogue()
    misprints = _misprints(catalogue)
    codes = [code for code in catalogue.labels if code not in misprints]
    found: dict[str, list[str]] = defaultdict(list)
    for code in (*codes, *(code + LIBRARY_SUFFIX for code in codes), *catalogue.special_labels):
        found[code.lower()].append(code)
    for misprint, code in misprints.items():
        found[misprint.lower()].append(code)
    return {label: tuple(dict.fromkeys(stored)) for label, stored in found.items()}


def _misprints(catalogue: Catalogue) -> dict[str, str]:
    """Return the labels that no service has, with those that they stand for."""
    in_services = {code for service in catalogue.services.values() for code in service.labels}
    return {
        label.code: label.variant_of
        for label in catalogue.labels.values()
        if label.variant_of and label.code not in in_services
    }
