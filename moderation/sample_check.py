"""Whether a picture is fit to be a sample in an image library, before it goes live."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from moderation.library_index import LibraryIndex

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from moderation.fingerprint import Fingerprint
    from moderation.match import ImageMatch

MAX_NEIGHBOURS = 3


class Refusal(Enum):
    """Why a picture cannot be a sample: it would match any other of its kind."""

    BLANK = "blank"
    LOW_DETAIL = "low detail"


@dataclass(frozen=True, slots=True)
class CrowdedLibrary:
    """Another library that already holds many images like the picture."""

    library_id: int
    image_count: int


@dataclass(frozen=True, slots=True)
class SampleCheck:
    """What is to be said of a picture before it becomes a sample.

    refusal: why it is refused; None if it may go live.
    matches_narrowly: it is a drawing, such as a logo, and only close copies will match.
    duplicates: the images in the account's libraries that are the same picture.
    crowded: other libraries with more than MAX_NEIGHBOURS images that lie within a match's
        distance of it: it is likely to match what those are there for.
    """

    refusal: Refusal | None
    matches_narrowly: bool = False
    duplicates: tuple[ImageMatch, ...] = ()
    crowded: tuple[CrowdedLibrary, ...] = ()


def check_sample(
    fingerprint: Fingerprint,
    index: LibraryIndex,
    library_id: int,
    account_library_ids: AbstractSet[int],
) -> SampleCheck:
    """Check a picture that is to be added to a library.

    account_library_ids: the libraries to compare it with; others in the index do not count.
    """
    if not fingerprint.is_matchable:
        return SampleCheck(Refusal.LOW_DETAIL if fingerprint.quality else Refusal.BLANK)
    counts = index.neighbour_counts(fingerprint, account_library_ids - {library_id})
    crowded = tuple(
        CrowdedLibrary(other_id, count)
        for other_id, count in sorted(counts.items())
        if count > MAX_NEIGHBOURS
    )
    duplicates = index.duplicates_of(fingerprint, account_library_ids)
    return SampleCheck(None, fingerprint.graphic, duplicates, crowded)
