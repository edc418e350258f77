"""Pages of rows that stay in place while new rows arrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class RowPage(Generic[Row]):
    """Some rows, newest first.

    newer: the id after which newer rows lie; None if there are none.
    older: the id before which older rows lie; None if this is the end.
    """

    rows: list[Row]
    newer: int | None
    older: int | None


def page_of(
    rows: QuerySet[Row], *, size: int, before: int | None = None, after: int | None = None
) -> RowPage[Row]:
    """Return the newest rows, those just before an id, or those just after one."""
    if after is not None:
        return _page_after(rows, after, size)
    found = rows if before is None else rows.filter(pk__lt=before)
    page = list(found.order_by("-pk")[: size + 1])
    has_newer = before is not None and rows.filter(pk__gte=before).exists()
    return _page(page[:size], has_newer=has_newer, has_older=len(page) > size)


def _page_after(rows: QuerySet[Row], after: int, size: int) -> RowPage[Row]:
    """A page that would not be full is the newest one, so that it is not left half empty."""
    found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
    if len(found) <= size:
        return page_of(rows, size=size)
    return _page(found[size - 1 :: -1], has_newer=True, has_older=True)


def _page(rows: list[Row], *, has_newer: bool, has_older: bool) -> RowPage[Row]:
    newer = rows[0].pk if rows and has_newer else None
    older = rows[-1].pk if rows and has_older else None
    return RowPage(rows, newer, older)
