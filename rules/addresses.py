"""Where a service's rule for a label is shown: the tab of its type, with the label marked."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from moderation.catalogue import load_catalogue
from moderation.verdict import LIBRARY_SUFFIX
from rules.models import Service


def rule_address(service: Service, label: str, *, edits: bool = False) -> str:
    """Return where the rule of a returned label is; empty if the service does not look for it.

    A label that a library set leads to the libraries of labels.
    edits: with the fields open, for members who may change rules.
    """
    by_library = label.endswith(LIBRARY_SUFFIX)
    code = label.removesuffix(LIBRARY_SUFFIX)
    if code not in service.definition.labels:
        return ""
    type_code = load_catalogue().labels[code].detection_type
    address = reverse("rules:scope", args=[service.code, type_code])
    query = {"library" if by_library else "label": code}
    if edits:
        query["edit"] = "libraries" if by_library else ""
    return f"{address}?{urlencode(query)}#marked"
