"""What the pages of a service's detection scope show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404

from moderation.catalogue import DetectionType, load_catalogue
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

    tabs: of the types that are documented as the service's own.
    more_tabs: of the other types that some of its labels belong to.
    links: a row for each label and library, and for each label of text and vocabulary.
    """

    tabs: tuple[TypeTab, ...]
    more_tabs: tuple[TypeTab, ...]
    current: CoveredType
    links: tuple[Link, ...]
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
    current = next((one for one in covered if one.detection_type.code == type_code), None)
    if current is None:
        raise Http404
    documented = service.definition.detection_types
    tabs = [_tab(one, type_code) for one in covered]
    return ScopePage(
        tabs=tuple(tab for tab in tabs if tab.detection_type.code in documented),
        more_tabs=tuple(tab for tab in tabs if tab.detection_type.code not in documented),
        current=current,
        links=links_of(current.labels),
        has_large_model=service.definition.uses_large_model and registry.large_model is not None,
    )


def _tab(covered: CoveredType, current: str) -> TypeTab:
    return TypeTab(
        covered.detection_type,
        sum(one.rule.enabled for one in covered.labels),
        len(covered.labels),
        is_current=covered.detection_type.code == current,
    )
