"""What an image is checked for before it goes live in a library that services use."""

from __future__ import annotations

from libraries.models import LibraryImage
from results.back_matches import would_have_matched
from results.models import DetectionResult
from rules.resemblances import resemblances_of


def has_findings(image: LibraryImage) -> bool:
    """Say whether it conflicts with an exemption, or would have hit stored results."""
    return _is_in_conflict(image) or bool(would_have_matched(image))


def has_findings_besides(image: LibraryImage, result: DetectionResult) -> bool:
    """Say the same of an image that was taken from a result, which it is meant to hit."""
    if _is_in_conflict(image):
        return True
    hits = DetectionResult.objects.filter(pk__in=would_have_matched(image))
    return hits.exclude(sha256=result.sha256).exists()


def _is_in_conflict(image: LibraryImage) -> bool:
    return any(resemblance.is_conflict for resemblance in resemblances_of(image))
