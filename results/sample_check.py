"""What an image is checked for before it goes live in a library that services use."""

from __future__ import annotations

from libraries.models import LibraryImage
from results.back_matches import would_have_matched
from rules.resemblances import resemblances_of


def has_findings(image: LibraryImage) -> bool:
    """Say whether it conflicts with an exemption, or would have hit stored results."""
    if any(resemblance.is_conflict for resemblance in resemblances_of(image)):
        return True
    return bool(would_have_matched(image))
