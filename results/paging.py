"""Pages of results that stay in place while new results arrive."""

from __future__ import annotations

from dataclasses import dataclass

from results.models import DetectionResult, DetectionResultQuerySet

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class ResultPage:
    """Some results, newest first.

    newer: the id after which newer results lie; None if there are none.
    older: the id before which older results lie; None if this is the end.
    """

    results: list[DetectionResult]
    newer: int | None
    older: int | None


def page_of(
    results: DetectionResultQuerySet, *, before: int | None = None, after: int | None = None
) -> ResultPage:
    """Return the newest results, those just before an id, or those just after one."""
    if after is not None:
        return _page_after(results, after)
    found = results if before is None else results.filter(pk__lt=before)
    page = list(found.newest_first()[: PAGE_SIZE + 1])
    has_newer = before is not None and results.filter(pk__gte=before).exists()
    return _page(page[:PAGE_SIZE], has_newer=has_newer, has_older=len(page) > PAGE_SIZE)


def _page_after(results: DetectionResultQuerySet, after: int) -> ResultPage:
    """A page that would not be full is the newest one, so that it is not left half empty."""
    found = list(results.filter(pk__gt=after).order_by("pk")[: PAGE_SIZE + 1])
    if len(found) <= PAGE_SIZE:
        return page_of(results)
    return _page(found[PAGE_SIZE - 1 :: -1], has_newer=True, has_older=True)


def _page(results: list[DetectionResult], *, has_newer: bool, has_older: bool) -> ResultPage:
    newer = results[0].pk if results and has_newer else None
    older = results[-1].pk if results and has_older else None
    return ResultPage(results, newer, older)
