"""Where services use an image library or a vocabulary."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from libraries.models import ImageLibrary, Vocabulary


@dataclass(frozen=True, slots=True)
class Place:
    """A label that is set by a library; without one, a service that exempts or ignores it.

    name: what becomes of a match there: the label that is returned, or a word for it.
    """

    service: str
    name: str
    label: str = ""

    def __str__(self) -> str:
        return f"{self.service} ({self.name})"


def places_of(library: ImageLibrary | Vocabulary) -> list[Place]:
    """Return where a library is used; without a query if it was loaded with_links()."""
    rules = [
        Place(rule.service.code, f"{rule.label}_lib", rule.label)
        for rule in library.label_rules.all()
    ]
    if isinstance(library, ImageLibrary):
        return rules + [Place(one.service.code, _("exemption")) for one in library.exemptions.all()]
    return rules + [Place(one.service.code, _("ignored")) for one in library.ignored_by.all()]
