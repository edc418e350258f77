"""Other image libraries that a library image resembles, and what services make of that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from libraries.models import ImageLibrary, LibraryImage
from libraries.places import Place, places_of
from moderation.match import ImageMatch
from moderation.sample_check import check_sample
from rules.live import policy_of


@dataclass(frozen=True, slots=True)
class Resemblance:
    """Another library of the account that holds images like the image.

    nearest: None if none of them is near enough for a match.
    image_count: how many are about as near as a match may be; 0 if no more than chance has it.
    let_through_in: services that set labels by the image's library and exempt the other one, so
        that the image is let through.
    lets_through_in: services that exempt the image's library, so that it lets through what the
        other library blocks.
    exempt_in: all services that exempt the other library.
    """

    library: ImageLibrary
    nearest: ImageMatch | None
    image_count: int
    let_through_in: tuple[str, ...]
    lets_through_in: tuple[str, ...]
    exempt_in: tuple[str, ...]

    @property
    def is_conflict(self) -> bool:
        """Say whether some service uses the two libraries against each other."""
        return bool(self.let_through_in or self.lets_through_in)


def resemblances_of(image: LibraryImage) -> list[Resemblance]:
    """Return the other libraries that matter for an image, by the libraries as they are live."""
    others = image.library.account.image_libraries.exclude(pk=image.library_id)
    return list(_resemblances(image, list(others.by_name().with_links())))


def _resemblances(image: LibraryImage, others: list[ImageLibrary]) -> Iterator[Resemblance]:
    own_places = places_of(image.library)
    index = policy_of(image.account_id).images
    library_ids = frozenset(other.pk for other in others)
    nearest = {match.library_id: match for match in index.match(image.hashes, library_ids)}
    check = check_sample(image.hashes, index, image.library_id, library_ids)
    counts = {crowded.library_id: crowded.image_count for crowded in check.crowded}
    for other in others:
        places = places_of(other)
        resemblance = Resemblance(
            library=other,
            nearest=nearest.get(other.pk),
            image_count=counts.get(other.pk, 0),
            let_through_in=_in_both(_blocking(own_places), _exempting(places)),
            lets_through_in=_in_both(_exempting(own_places), _blocking(places)),
            exempt_in=tuple(sorted(_exempting(places))),
        )
        if resemblance.image_count or (resemblance.nearest and _matters(resemblance)):
            yield resemblance


def _matters(resemblance: Resemblance) -> bool:
    return bool(resemblance.lets_through_in or resemblance.exempt_in)


def _blocking(places: list[Place]) -> set[str]:
    return {place.service for place in places if place.label}


def _exempting(places: list[Place]) -> set[str]:
    return {place.service for place in places if not place.label}


def _in_both(first: set[str], second: set[str]) -> tuple[str, ...]:
    return tuple(sorted(first & second))
