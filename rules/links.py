"""The libraries and vocabularies by which labels are set beside the detectors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from libraries.models import ImageLibrary, Vocabulary
from moderation.catalogue import Label
from moderation.ruleset import TEXT_SUFFIX
from rules.coverage import CoveredLabel
from rules.differences import Names
from rules.models import Service


@dataclass(frozen=True, slots=True)
class Choice:
    """A library or vocabulary with its size; is_exempt: an exemption of the service as well."""

    pk: int
    name: str
    size: int
    is_exempt: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """All image libraries and vocabularies of an account, by name."""

    image_libraries: tuple[Choice, ...]
    vocabularies: tuple[Choice, ...]

    @property
    def names(self) -> Names:
        """Return the names by id, as a version keeps them."""
        return {
            "image_libraries": {str(one.pk): one.name for one in self.image_libraries},
            "vocabularies": {str(one.pk): one.name for one in self.vocabularies},
        }


@dataclass(frozen=True, slots=True)
class Link:
    """A label with one place for an image library, or for a vocabulary; None if it is free."""

    label: Label
    is_vocabulary: bool
    library: Choice | None


def choices_of(service: Service) -> Choices:
    """Return what the labels of a service can be set by."""
    exempt = set(service.exemptions.values_list("image_library_id", flat=True))
    libraries = service.account.image_libraries.staying().by_name().with_image_count()
    vocabularies = service.account.vocabularies.by_name().with_keyword_count()
    return Choices(
        tuple(_library(one, exempt) for one in libraries),
        tuple(_vocabulary(one) for one in vocabularies),
    )


def links_of(labels: Iterable[CoveredLabel]) -> tuple[Link, ...]:
    """Return a place for each label, and another for the vocabulary of each label of text."""
    labels = list(labels)
    ids = {pk for one in labels if (pk := one.rule.image_library_id)}
    words = {pk for one in labels if (pk := one.rule.vocabulary_id)}
    libraries = ImageLibrary.objects.filter(pk__in=ids).with_image_count() if ids else ()
    vocabularies = Vocabulary.objects.filter(pk__in=words).with_keyword_count() if words else ()
    library_of = {one.pk: _library(one) for one in libraries}
    vocabulary_of = {one.pk: _vocabulary(one) for one in vocabularies}
    links = []
    for one in labels:
        links.append(
            Link(
                one.label,
                is_vocabulary=False,
                library=library_of.get(one.rule.image_library_id or 0),
            )
        )
        if one.label.code.endswith(TEXT_SUFFIX):
            links.append(
                Link(
                    one.label,
                    is_vocabulary=True,
                    library=vocabulary_of.get(one.rule.vocabulary_id or 0),
                )
            )
    return tuple(links)


def _library(library: ImageLibrary, exempt: Iterable[int] = ()) -> Choice:
    size: int = library.image_count  # type: ignore[attr-defined]  # annotated
    return Choice(library.pk, library.name, size, library.pk in set(exempt))


def _vocabulary(vocabulary: Vocabulary) -> Choice:
    size: int = vocabulary.keyword_count  # type: ignore[attr-defined]  # annotated
    return Choice(vocabulary.pk, vocabulary.name, size)
