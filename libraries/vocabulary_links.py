"""Where services use a vocabulary."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from libraries.models import Vocabulary


@dataclass(frozen=True, slots=True)
class Place:
    """A label that is set by a vocabulary; without a label: a service that ignores its keywords."""

    service: str
    label: str = ""

    @property
    def name(self) -> str:
        """Say what becomes of a match there: the label that is returned, or that it is ignored."""
        return f"{self.label}_lib" if self.label else _("ignored")

    def __str__(self) -> str:
        return f"{self.service} ({self.name})"


def places_of(vocabulary: Vocabulary) -> list[Place]:
    """Return where a vocabulary is used; without a query if it was loaded with_links()."""
    rules = [Place(rule.service.code, rule.label) for rule in vocabulary.label_rules.all()]
    return rules + [Place(ignored.service.code) for ignored in vocabulary.ignored_by.all()]
