"""The library images and keywords behind a result, under the names that people gave them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.models import Account
from libraries.models import ImageLibrary, LibraryImage, Vocabulary
from moderation.match import ImageMatch, KeywordMatch
from results.highlighting import split_at
from results.models import DetectionResult
from rules.models import RulesetVersion, Service

_VOTES = {
    "pdq": _("by the hash of the whole picture"),
    "dhash": _("by the hash of its gradients"),
    "embedding": _("by what a network sees in it"),
    "geometry": _("by parts of it that lie alike"),
}
_IN_BITS = {"pdq", "dhash"}
_VARIANTS = {
    "original": _("not turned"),
    "mirrored": _("mirrored"),
    "flipped": _("flipped"),
    "rotated 180": _("rotated by 180°"),
    "rotated right": _("rotated right"),
    "rotated left": _("rotated left"),
    "transposed": _("mirrored and rotated left"),
    "transversed": _("mirrored and rotated right"),
    "trimmed": _("borders trimmed"),
}


@dataclass(frozen=True, slots=True)
class ImageMatchRow:
    """A library image that was recognised; image is None if it has been deleted since.

    library_is_there: the library has not been deleted since.
    """

    match: ImageMatch
    library_name: str
    library_is_there: bool
    image: LibraryImage | None

    @property
    def vote(self) -> str:
        """Return which comparison recognised it."""
        return str(_VOTES.get(self.match.vote, self.match.vote))

    @property
    def distance(self) -> str:
        """Return how far apart they are: in bits, or from 0 to 1."""
        return f"{self.match.distance:.{0 if self.is_in_bits else 3}f}"

    @property
    def is_in_bits(self) -> bool:
        """Say whether the distance counts bits of 256."""
        return self.match.vote in _IN_BITS

    @property
    def variant(self) -> str:
        """Return how the picture was turned for the two to be alike."""
        words = self.match.variant.split(", ")
        return ", ".join(str(_VARIANTS.get(word, word)) for word in words)


@dataclass(frozen=True, slots=True)
class KeywordMatchRow:
    """A keyword that was found; is_there: its vocabulary has not been deleted since.

    line: the line of text in three parts, of which the middle one was hit.
    """

    match: KeywordMatch
    vocabulary_name: str
    is_there: bool
    line: tuple[str, str, str] | None


def image_match_rows(result: DetectionResult, matches: Iterable[ImageMatch]) -> list[ImageMatchRow]:
    """Return the matches with names and images as they are now, or were then."""
    matches = list(matches)
    if not matches:
        return []
    ids = {match.library_id for match in matches}
    names = library_names(result, ids)
    there = set(_libraries(result, ids).values_list("pk", flat=True))
    images = LibraryImage.objects.filter(account=result.account_id).in_bulk(
        [match.image_id for match in matches]
    )
    return [
        ImageMatchRow(
            match,
            names[match.library_id],
            match.library_id in there,
            images.get(match.image_id),
        )
        for match in matches
    ]


def keyword_match_rows(
    result: DetectionResult, matches: Iterable[KeywordMatch]
) -> list[KeywordMatchRow]:
    """Return the matches with the names of their vocabularies as they are now, or were then."""
    matches = list(matches)
    if not matches:
        return []
    ids = {match.vocabulary_id for match in matches}
    names = vocabulary_names(result, ids)
    there = set(_vocabularies(result, ids).values_list("pk", flat=True))
    return [
        KeywordMatchRow(
            match,
            names[match.vocabulary_id],
            match.vocabulary_id in there,
            split_at(match.line, match.keyword),
        )
        for match in matches
    ]


@dataclass(frozen=True, slots=True)
class PresentNames:
    """The names that all image libraries and vocabularies of an account have now, by id."""

    image_libraries: Mapping[int, str]
    vocabularies: Mapping[int, str]

    @classmethod
    def of(cls, account: Account) -> PresentNames:
        """Read them; an account has few."""
        return cls(
            dict(account.image_libraries.values_list("pk", "name")),
            dict(account.vocabularies.values_list("pk", "name")),
        )


def library_names(
    result: DetectionResult, library_ids: Collection[int], present: PresentNames | None = None
) -> dict[int, str]:
    """Return the names of image libraries: as they are now, or were then if one is deleted.

    present: the names, for callers that ask for many results.
    """
    if present is not None:
        now = {
            pk: present.image_libraries[pk] for pk in library_ids if pk in present.image_libraries
        }
    else:
        now = dict(_libraries(result, library_ids).values_list("pk", "name"))
    return _with_former_names(result, "image_libraries", library_ids, now)


def vocabulary_names(
    result: DetectionResult, vocabulary_ids: Collection[int], present: PresentNames | None = None
) -> dict[int, str]:
    """Return the names of vocabularies: as they are now, or were then if one is deleted.

    present: the names, for callers that ask for many results.
    """
    if present is not None:
        now = {pk: present.vocabularies[pk] for pk in vocabulary_ids if pk in present.vocabularies}
    else:
        now = dict(_vocabularies(result, vocabulary_ids).values_list("pk", "name"))
    return _with_former_names(result, "vocabularies", vocabulary_ids, now)


def _libraries(result: DetectionResult, ids: Collection[int]) -> QuerySet[ImageLibrary]:
    return ImageLibrary.objects.filter(account=result.account_id, pk__in=ids)


def _vocabularies(result: DetectionResult, ids: Collection[int]) -> QuerySet[Vocabulary]:
    return Vocabulary.objects.filter(account=result.account_id, pk__in=ids)


def _with_former_names(
    result: DetectionResult, kind: str, ids: Collection[int], now: dict[int, str]
) -> dict[int, str]:
    """Add the names that the ruleset's version kept; empty ones if its service is gone, too."""
    if all(pk in now for pk in ids):
        return now
    version = version_of(result)
    former = version.names.get(kind, {}) if version else {}
    return {pk: now.get(pk, former.get(str(pk), "")) for pk in ids}


def version_of(result: DetectionResult) -> RulesetVersion | None:
    """Return the version then in force; None if the service has been deleted since."""
    return RulesetVersion.objects.filter(
        service__account=result.account_id,
        service__code=result.service_code,
        number=result.ruleset_version,
    ).first()


def service_of(result: DetectionResult) -> Service | None:
    """Return the service that a result names; None if it has been deleted since."""
    services = Service.objects.select_related("account")
    return services.filter(account=result.account_id, code=result.service_code).first()
