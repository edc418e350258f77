"""Which stored results a library image would have matched, had it been there."""

from __future__ import annotations

from itertools import islice

from django.core.cache import cache

from libraries.models import LibraryImage
from moderation.back_search import BackSearch
from moderation.slots import Slots
from results.models import DetectionResult

MAX_FOUND = 1_000
_CHUNK_ROWS = 500
_KEPT_S = 600
_place = Slots(1)  # one at a time, so that the calls keep the other cores


def would_have_matched(image: LibraryImage) -> list[int]:
    """Return the ids of the listed results whose picture the image matches, newest first.

    The fingerprints of at most MAX_LISTED results are read, 3 kB each; what was found is kept
    for some minutes.
    """
    key = f"would-hit-{image.pk}"
    found: list[int] | None = cache.get(key)
    if found is None:
        with _place.taken():
            found = _search(image)
        cache.set(key, found, _KEPT_S)
    return found


def _search(image: LibraryImage) -> list[int]:
    search = BackSearch(image.hashes)
    results = DetectionResult.objects.filter(account=image.account_id).listed().newest_first()
    rows = results.values_list("pk", "fingerprint").iterator(chunk_size=_CHUNK_ROWS)
    found: list[int] = []
    while len(found) < MAX_FOUND and (chunk := list(islice(rows, _CHUNK_ROWS))):
        places = search.matched([bytes(fingerprint) for _, fingerprint in chunk])
        found += [chunk[place][0] for place in places]
    return found[:MAX_FOUND]
