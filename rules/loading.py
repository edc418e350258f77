"""Reading an account's rules and libraries from the database, in pieces."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db.models import Case, F, QuerySet, Value, When

from console.models import Publication
from libraries.models import ImageLibrary, Keyword, LibraryImage
from moderation.fingerprint import Fingerprint
from moderation.keywords import KeywordIndex
from moderation.library_index import LibraryEntry, LibraryIndex
from moderation.ruleset import Ruleset
from moderation.text.folding import folded_text
from rules.models import RulesetVersion
from rules.policy import Policy

logger = logging.getLogger(__name__)
_CHUNK_ROWS = 500
_Item = TypeVar("_Item")
# What recognises parts of an image is large; it is read of the libraries that want it.
_FEATURES = Case(When(library__deep_match=True, then=F("local_features")), default=Value(b""))


def load_policy(account_id: int, *, newest_number: int) -> Policy:
    """Read all that an account's pictures are judged by.

    newest_number: of the newest publication that is known to be in the database; the policy
        may have parts of later ones.
    """
    published = Publication.objects.filter(account=account_id, number__lte=newest_number)
    return Policy(
        number=published.newest_number(),
        rulesets=_rulesets(account_id),
        images=LibraryIndex.build(entries_of_libraries(account_id), index_folder()),
        keywords=load_keywords(account_id),
    )


def _rulesets(account_id: int) -> dict[int, Ruleset]:
    newest = RulesetVersion.objects.filter(
        service__account=account_id, number=F("service__version")
    )
    return {version.service_id: version.ruleset for version in newest}


def load_keywords(account_id: int) -> KeywordIndex:
    """Read and index all keywords of an account."""
    return KeywordIndex.build(pairs(Keyword.objects.filter(vocabulary__account=account_id)))


def pairs(keywords: QuerySet[Keyword]) -> Iterator[tuple[int, str]]:
    """Yield vocabulary id and text of each keyword."""
    rows = keywords.order_by("pk").values_list("vocabulary_id", "text")
    yield from rows.iterator(chunk_size=_CHUNK_ROWS)


def index_folder() -> Path:
    """Return where indexes keep files without a name; the system's own place may be memory."""
    return Path(settings.DATA_DIR)


def entries_of_libraries(
    account_id: int, library_ids: Iterable[int] | None = None
) -> Iterator[LibraryEntry]:
    """Yield the live images of some libraries of the account, or of all, as they are now.

    One library after the other, as its index has them: no database has to sort them.
    """
    libraries = ImageLibrary.objects.filter(account=account_id)
    if library_ids is not None:
        libraries = libraries.filter(pk__in=library_ids)
    for library_id in libraries.values_list("pk", flat=True):
        yield from _entries(LibraryImage.objects.filter(library=library_id).live().newest_first())


def _entries(images: QuerySet[LibraryImage]) -> Iterator[LibraryEntry]:
    """Yield the images as the index takes them, without those whose fingerprint is out of date."""
    rows = images.values_list("library_id", "pk", "fingerprint", _FEATURES)
    for library_id, image_id, stored, features in rows.iterator(chunk_size=_CHUNK_ROWS):
        try:
            fingerprint = Fingerprint.from_bytes(bytes(stored))
            yield LibraryEntry(library_id, image_id, fingerprint, bytes(features))
        except ValueError as error:
            logger.warning("library image %s cannot be matched: %s", image_id, error)


def entries_of_ids(account_id: int, image_ids: Iterable[int]) -> Iterator[LibraryEntry]:
    """Yield those of the images that the account has now and that are not held."""
    for chunk in _chunks(sorted(image_ids)):
        yield from _entries(LibraryImage.objects.filter(account=account_id, pk__in=chunk).live())


def pairs_of_texts(
    account_id: int, vocabulary_id: int, texts: Sequence[str]
) -> Iterator[tuple[int, str]]:
    """Yield those of the keywords that the account's vocabulary has now."""
    for chunk in _chunks(texts):
        known = Keyword.objects.filter(vocabulary__account=account_id, vocabulary=vocabulary_id)
        folded = {folded_text(text).strip() for text in chunk}  # by these they have an index
        yield from pairs(known.filter(folded__in=folded, text__in=chunk))


def _chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(items), _CHUNK_ROWS):
        yield items[start : start + _CHUNK_ROWS]
