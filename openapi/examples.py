"""Programs that call this installation, to be copied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LANGUAGES: Mapping[str, str] = {
    "python": "Python",
    "java": "Java",
    "go": "Go",
    "node": "Node.js",
    "curl": "curl",
}
KINDS: Mapping[str, str | Promise] = {
    "sync": _("One image, answered at once"),
    "async": _("One image, answered later"),
    "upload": _("A local file"),
}


@dataclass(frozen=True, slots=True)
class Example:
    """One program; text is complete but for the access key."""

    language: str
    kind: str
    text: str


def example(*, language: str, kind: str, host: str, scheme: str, service: str) -> Example:
    """Return a program that calls a service; an unknown language or kind counts as the first."""
    language = language if language in LANGUAGES else next(iter(LANGUAGES))
    kind = kind if kind in KINDS else next(iter(KINDS))
    context = {"host": host, "scheme": scheme, "base": f"{scheme}://{host}", "service": service}
    text = render_to_string(f"openapi/examples/{kind}_{language}.txt", context)
    return Example(language, kind, text)
