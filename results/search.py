"""Searching the detection results: what may be asked, pages, counts.

Every search is driven by the narrowest index that it allows; several labels or risks are one
limited search for each, merged. Ids come first, then their rows: joined, large tables are read in
the wrong order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from console.models import Account
from results.label_list import ANY_LABEL, LabelList
from results.merging import counted, found_ids
from results.models import MAX_LISTED, DetectionResult
from results.streams import Span, kept_since, streams_of

ANY_FEEDBACK = "any"
_LISTED = (  # of the pages, the exports and the API; others would be read for each row anew
    "account", "request_id", "data_id", "service_code", "ruleset_version", "source", "risk_level",
    "labels", "picture_name", "duration_ms", "thumbnail", "created_at",
    "feedback__kind", "feedback__state",
)  # fmt: skip
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSearch:
    """What is asked of the results; what is empty is not asked.

    since, until: both included; results that are not kept any more are never found.
    ruleset_version: of the service, which has to be given as well.
    feedback: a kind of feedback, or ANY_FEEDBACK.
    result_ids: only these, if they meet all else; None for all.
    """

    request_id: str = ""
    data_id: str = ""
    service_code: str = ""
    labels: LabelList = ANY_LABEL
    risk_levels: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    source: str = ""
    feedback: str = ""
    ruleset_version: int | None = None
    result_ids: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """How many results there are.

    count: at most MAX_LISTED; is_more: there are more, which are not listed.
    by_risk: how many of them are of each risk.
    floor: the id above which the listed ones lie.
    """

    count: int
    is_more: bool
    by_risk: dict[str, int]
    floor: int


@dataclass(frozen=True, slots=True)
class ResultPage:
    """Some results, newest first.

    newer: the id after which newer results lie; None if there are none.
    older: the id before which older results lie; None if this is the end.
    """

    results: list[DetectionResult]
    newer: int | None
    older: int | None


EMPTY_PAGE = ResultPage([], None, None)
NOTHING_FOUND = Found(0, is_more=False, by_risk={}, floor=0)


def count(account: Account, search: ResultSearch) -> Found:
    """Count the results that a search finds, as far as they are listed."""
    streams = streams_of(account, search, _span(search))
    by_risk, last = counted(streams, MAX_LISTED + 1)
    total = sum(by_risk.values())
    is_more = total > MAX_LISTED
    by_risk = {risk: min(number, MAX_LISTED) for risk, number in by_risk.items()}
    return Found(min(total, MAX_LISTED), is_more, by_risk, last if is_more else 0)


def page(
    account: Account,
    search: ResultSearch,
    found: Found,
    *,
    size: int,
    before: int | None = None,
    after: int | None = None,
) -> ResultPage:
    """Return the newest results, those just before an id, or those just after one.

    found: what count() said of the same search.
    """
    listed = replace(_span(search), above=max(_span(search).above, found.floor))
    if after is not None:
        span = replace(listed, above=max(listed.above, after))
        ids = found_ids(streams_of(account, search, span), size + 1, newest_first=False)
        if len(ids) > size:
            return _page(account, ids[size - 1 :: -1], has_newer=True, has_older=True)
        before = None  # a page that would not be full is the newest one
    span = listed if before is None else replace(listed, below=min(listed.below, before))
    ids = found_ids(streams_of(account, search, span), size + 1)
    has_newer = before is not None and _is_any_from(account, search, listed, before)
    return _page(account, ids[:size], has_newer=has_newer, has_older=len(ids) > size)


def numbered_page(
    account: Account, search: ResultSearch, *, number: int, size: int, newest_first: bool = True
) -> tuple[list[DetectionResult], Found]:
    """Return a page by its number, from 1, and how many results there are on all pages."""
    found = count(account, search)
    span = replace(_span(search), above=max(_span(search).above, found.floor))
    skipped = (number - 1) * size
    if skipped >= found.count:
        return [], found
    streams = streams_of(account, search, span)
    ids = found_ids(streams, size, skipped=skipped, newest_first=newest_first)
    return _rows(account, ids), found


def all_listed(account: Account, search: ResultSearch) -> Iterator[DetectionResult]:
    """Yield all that a search lists, newest first; only ids are in memory all at once."""
    ids = found_ids(streams_of(account, search, _span(search)), MAX_LISTED)
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        yield from _rows(account, ids[start : start + _ROWS_AT_ONCE])


def _span(search: ResultSearch) -> Span:
    return kept_since(search.since, search.until)


def _is_any_from(account: Account, search: ResultSearch, span: Span, first: int) -> bool:
    newer = streams_of(account, search, replace(span, above=max(span.above, first - 1)))
    return bool(found_ids(newer, 1, newest_first=False))


def _page(account: Account, ids: list[int], *, has_newer: bool, has_older: bool) -> ResultPage:
    newer = ids[0] if ids and has_newer else None
    older = ids[-1] if ids and has_older else None
    return ResultPage(_rows(account, ids), newer, older)


def _rows(account: Account, ids: list[int]) -> list[DetectionResult]:
    """Return the results of these ids in their order; what was deleted meanwhile is left out."""
    listed = DetectionResult.objects.filter(account=account, pk__in=ids).only(*_LISTED)
    rows = {row.pk: row for row in listed.select_related("feedback").order_by()}
    return [rows[pk] for pk in ids if pk in rows]
