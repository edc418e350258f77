"""What differs between two rulesets, as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.catalogue import DetectionType, load_catalogue
from moderation.ruleset import LabelPolicy, Ruleset

if TYPE_CHECKING:
    from rules.models import RulesetVersion

Names = Mapping[str, Mapping[str, str]]
"""Names of libraries by id, as RulesetVersion.names keeps them."""

Value = bool | float | str | None


class Aspect(models.TextChoices):
    """What of a label, a library or a service differs."""

    DETECTION = "detection", _("Detection status")
    MEDIUM = "medium_risk_score", _("Medium-risk score")
    HIGH = "high_risk_score", _("High-risk score")
    IMAGE_LIBRARY = "image_library", _("Image library")
    VOCABULARY = "vocabulary", _("Keyword library")
    EXEMPTION = "exemption", _("Exemption")
    IGNORED_VOCABULARY = "ignored_vocabulary", _("Ignoring")
    MAX_SIDE = "max_side_px", _("Longest side in pixels")
    LARGE_MODEL = "uses_large_model", _("Large model")


class Area(models.TextChoices):
    """What a group is about if it is not a detection type."""

    UNKNOWN_LABELS = "unknown_labels", _("Labels that the catalogue no longer has")
    EXEMPTIONS = "exemptions", _("Exemption configuration")
    VOCABULARIES = "vocabularies", _("Ignoring vocabulary configuration")
    SERVICE = "service", _("What the catalogue says of the service")


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs.

    name: the code of the label, or the name of the library.
    before, after: on or off, percent, or the name of a library; None if there is none.
    """

    name: str
    aspect: Aspect
    before: Value
    after: Value

    @property
    def before_text(self) -> str:
        """Return the value before, as the pages write it."""
        return _written(self.before)

    @property
    def after_text(self) -> str:
        """Return the value after, as the pages write it."""
        return _written(self.after)


def _written(value: Value) -> str:
    if value is None:
        return gettext("None")
    if isinstance(value, bool):
        return gettext("On") if value else gettext("Off")
    return value if isinstance(value, str) else f"{value:g}"


@dataclass(frozen=True, slots=True)
class DifferenceGroup:
    """The differences of one detection type or area; they are never none."""

    kind: DetectionType | Area
    differences: tuple[Difference, ...]

    @property
    def title(self) -> str:
        """Return the heading, in the language of the page."""
        return str(self.kind.label) if isinstance(self.kind, Area) else gettext(self.kind.tab)


@dataclass(frozen=True, slots=True)
class Differences:
    """All that differs between two rulesets, by detection type in the catalogue's order."""

    groups: tuple[DifferenceGroup, ...]

    def __iter__(self) -> Iterator[Difference]:
        return chain.from_iterable(group.differences for group in self.groups)

    @property
    def count(self) -> int:
        """Count the values that differ."""
        return sum(len(group.differences) for group in self.groups)

    def to_details(self, limit: int) -> dict[str, Any]:
        """Return the first of them for the audit log, JSON-ready, with the count of all."""
        changes = [
            {"name": one.name, "aspect": one.aspect.value, "before": one.before, "after": one.after}
            for one in list(self)[:limit]
        ]
        return {"count": self.count, "changes": changes}


def between(before: RulesetVersion, after: RulesetVersion) -> Differences:
    """Return what differs between two versions; a library has its newer name."""
    older, newer = sorted([before, after], key=lambda version: version.number)
    return differences(before.ruleset, after.ruleset, merged_names(older.names, newer.names))


def merged_names(*names: Names) -> Names:
    """Return all these names; who has several has the last."""
    kinds = ("image_libraries", "vocabularies")
    return {
        kind: {pk: name for some in names for pk, name in some.get(kind, {}).items()}
        for kind in kinds
    }


def differences(before: Ruleset, after: Ruleset, names: Names) -> Differences:
    """Return what differs between two rulesets of a service.

    names: of the libraries that either mentions; one that is not there is named by its id.
    """
    groups = [
        *_by_type(_label_differences(before, after, names)),
        (Area.EXEMPTIONS, tuple(_exemptions(before, after, names))),
        (Area.VOCABULARIES, tuple(_ignored_vocabularies(before, after, names))),
        (Area.SERVICE, tuple(_service_differences(before, after))),
    ]
    return Differences(tuple(DifferenceGroup(kind, found) for kind, found in groups if found))


def _by_type(
    found: Iterable[Difference],
) -> list[tuple[DetectionType | Area, tuple[Difference, ...]]]:
    """Group the differences of labels, those of unknown labels last."""
    catalogue = load_catalogue()
    order: list[DetectionType | Area] = [
        *catalogue.detection_types.values(),
        Area.UNKNOWN_LABELS,
    ]

    def place(one: Difference) -> int:
        label = catalogue.labels.get(one.name)
        known = label and catalogue.detection_types.get(label.detection_type)
        return order.index(known or Area.UNKNOWN_LABELS)

    by_place = groupby(sorted(found, key=place), key=place)
    return [(order[index], tuple(group)) for index, group in by_place]


def _label_differences(before: Ruleset, after: Ruleset, names: Names) -> Iterator[Difference]:
    for label in dict.fromkeys([*before.policies, *after.policies]):
        old, new = before.policies.get(label), after.policies.get(label)
        if old and new:
            yield from _policy_differences(old, new, names)
        elif old or new:  # a label that the catalogue took up or gave up in between
            yield Difference(
                label, Aspect.DETECTION, old.enabled if old else None, new.enabled if new else None
            )


def _policy_differences(old: LabelPolicy, new: LabelPolicy, names: Names) -> Iterator[Difference]:
    images, words = names.get("image_libraries", {}), names.get("vocabularies", {})
    pairs: list[tuple[Aspect, Value, Value]] = [
        (Aspect.DETECTION, old.enabled, new.enabled),
        (Aspect.MEDIUM, old.medium_risk_score, new.medium_risk_score),
        (Aspect.HIGH, old.high_risk_score, new.high_risk_score),
        (Aspect.IMAGE_LIBRARY, *_named(old.image_library_id, new.image_library_id, images)),
        (Aspect.VOCABULARY, *_named(old.vocabulary_id, new.vocabulary_id, words)),
    ]
    for aspect, before, after in pairs:
        if before != after:
            yield Difference(new.label, aspect, before, after)


def _named(
    before: int | None, after: int | None, names: Mapping[str, str]
) -> tuple[str | None, str | None]:
    """Return the names of two libraries, which are the same only if the libraries are."""
    old, new = (None if pk is None else _name(pk, names) for pk in (before, after))
    if before != after and old == new:  # deleted, and another created under its name
        return f"{old} ({before})", f"{new} ({after})"
    return old, new


def _name(pk: int, names: Mapping[str, str]) -> str:
    return names.get(str(pk), f"#{pk}")


def _exemptions(before: Ruleset, after: Ruleset, names: Names) -> Iterator[Difference]:
    return _switched(
        Aspect.EXEMPTION,
        before.exempt_library_ids,
        after.exempt_library_ids,
        names.get("image_libraries", {}),
    )


def _ignored_vocabularies(before: Ruleset, after: Ruleset, names: Names) -> Iterator[Difference]:
    return _switched(
        Aspect.IGNORED_VOCABULARY,
        before.ignored_vocabulary_ids,
        after.ignored_vocabulary_ids,
        names.get("vocabularies", {}),
    )


def _switched(
    aspect: Aspect, before: frozenset[int], after: frozenset[int], names: Mapping[str, str]
) -> Iterator[Difference]:
    for pk in sorted(before ^ after, key=lambda pk: (_name(pk, names), pk)):
        yield Difference(_name(pk, names), aspect, pk in before, pk in after)


def _service_differences(before: Ruleset, after: Ruleset) -> Iterator[Difference]:
    for aspect in (Aspect.MAX_SIDE, Aspect.LARGE_MODEL):
        old, new = getattr(before, aspect.value), getattr(after, aspect.value)
        if old != new:
            yield Difference(after.service, aspect, old, new)
