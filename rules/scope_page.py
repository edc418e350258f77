"""What the pages of a service's detection scope show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404

from moderation.catalogue import DetectionType, Label, load_catalogue
from rules.coverage import CoveredLabel, CoveredType, coverage_of, local_registry
from rules.links import Link, links_of
from rules.models import Service


@dataclass(frozen=True, slots=True)
class TypeTab:
    """A detection type of a service, with how many of its labels are on."""

    detection_type: DetectionType
    on_count: int
    label_count: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class ScopePage:
    """The detection types of a service, and the labels of the one that is open.

    links: a row for each label and library, and for each label of text and vocabulary.
    untabbed: labels that the service looks for, but of types that are not among its tabs.
    """

    tabs: tuple[TypeTab, ...]
    current: CoveredType
    links: tuple[Link, ...]
    untabbed: tuple[Label, ...]
    has_large_model: bool

    @property
    def labels(self) -> Sequence[CoveredLabel]:
        """Return the labels of the type that is open."""
        return self.current.labels


def first_type_of(service: Service) -> str:
    """Return the code of the first detection type that has labels, empty if there is none."""
    catalogue = load_catalogue()
    types = {catalogue.labels[label].detection_type for label in service.definition.labels}
    return next((code for code in service.definition.detection_types if code in types), "")


def scope_page(service: Service, type_code: str) -> ScopePage:
    """Return what the page of one detection type shows; Http404 if the service lacks the type."""
    registry = local_registry()
    covered = coverage_of(service, registry)
    tabbed = {
        one.detection_type.code: one
        for one in covered
        if one.detection_type.code in service.definition.detection_types
    }
    if type_code not in tabbed:
        raise Http404
    return ScopePage(
        tabs=tuple(_tab(one, type_code) for one in tabbed.values()),
        current=tabbed[type_code],
        links=links_of(tabbed[type_code].labels),
        untabbed=tuple(
            label.label
            for one in covered
            if one.detection_type.code not in tabbed
            for label in one.labels
        ),
        has_large_model=service.definition.uses_large_model and registry.large_model is not None,
    )


def _tab(covered: CoveredType, current: str) -> TypeTab:
    return TypeTab(
        covered.detection_type,
        sum(one.rule.enabled for one in covered.labels),
        len(covered.labels),
        is_current=covered.detection_type.code == current,
    )
