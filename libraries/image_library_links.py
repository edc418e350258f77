"""Where services use an image library."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from libraries.models import ImageLibrary


@dataclass(frozen=True, slots=True)
class Place:
    """A label that is set by a library; without a label: a service that exempts its images."""

    service: str
    label: str = ""

    @property
    def name(self) -> str:
        """Say what becomes of a match there: the label that is returned, or that it is exempt."""
        return f"{self.label}_lib" if self.label else _("exemption")

    def __str__(self) -> str:
        return f"{self.service} ({self.name})"


def places_of(library: ImageLibrary) -> list[Place]:
    """Return where a library is used; without a query if it was loaded with_links()."""
    rules = [Place(rule.service.code, rule.label) for rule in library.label_rules.all()]
    return rules + [Place(exemption.service.code) for exemption in library.exemptions.all()]
