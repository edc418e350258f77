"""The account's libraries as a tab lists them, each with the switch of one service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from libraries.models import ImageLibrary, Vocabulary
from moderation.catalogue import Label, load_catalogue
from rules.models import Service


@dataclass(frozen=True, slots=True)
class LibrarySwitch:
    """A library, whether it is switched on, and what else the service does with it.

    entry_count: how many images or keywords it holds.
    was_on: whether it was on when the page was filled.
    labels: the labels of the service that it sets.
    """

    library: ImageLibrary | Vocabulary
    entry_count: int
    is_on: bool
    was_on: bool
    labels: tuple[Label, ...]


def exemption_switches(
    service: Service, on_ids: frozenset[int], was_on_ids: frozenset[int]
) -> list[LibrarySwitch]:
    """Return all image libraries by name, on if their matches shall be exempt."""
    counted = service.account.image_libraries.staying().by_name().with_image_count()
    entry_counts = {one: one.image_count for one in counted}  # type: ignore[attr-defined]  # annotated
    labels = _labels_by_library(service, "image_library_id")
    return _switches(entry_counts, labels, on_ids, was_on_ids)


def ignored_vocabulary_switches(
    service: Service, on_ids: frozenset[int], was_on_ids: frozenset[int]
) -> list[LibrarySwitch]:
    """Return all vocabularies by name, on if their keywords shall be ignored."""
    counted = service.account.vocabularies.by_name().with_keyword_count()
    entry_counts = {one: one.keyword_count for one in counted}  # type: ignore[attr-defined]  # annotated
    labels = _labels_by_library(service, "vocabulary_id")
    return _switches(entry_counts, labels, on_ids, was_on_ids)


def _switches(
    entry_counts: Mapping[ImageLibrary, int] | Mapping[Vocabulary, int],
    labels: Mapping[int, tuple[Label, ...]],
    on_ids: frozenset[int],
    was_on_ids: frozenset[int],
) -> list[LibrarySwitch]:
    return [
        LibrarySwitch(
            library=library,
            entry_count=entry_count,
            is_on=library.pk in on_ids,
            was_on=library.pk in was_on_ids,
            labels=labels.get(library.pk, ()),
        )
        for library, entry_count in entry_counts.items()
    ]


def _labels_by_library(service: Service, field: str) -> Mapping[int, tuple[Label, ...]]:
    """Return the labels of the service that are linked to libraries, by the library's id."""
    labels: defaultdict[int, tuple[Label, ...]] = defaultdict(tuple)
    rules = service.label_rules.exclude(**{field: None})
    for pk, code in rules.values_list(field, "label"):
        labels[pk] += (load_catalogue().labels[code],)
    return labels
