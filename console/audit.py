"""The audit log as people search it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils.timezone import get_current_timezone

from console.audit_words import action_words, detail_words
from console.csv_files import csv_parts
from console.models import Account, AuditEntry
from console.times import exported, start_of

PAGE_SIZE = 50
HEADINGS = (
    *("Time", "Who", "Action", "Code", "Object", "Details", "IP address", "Request ID"),
)  # not translated, so that programs can rely on them
_ROWS_AT_ONCE = 1000
# PostgreSQL keeps no order of names; what is not here comes after, as the database gives it.
_ORDER = ("version", "count", "name", "label", "aspect", "before", "after")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSearch:
    """What is asked of the log; what is empty is not asked.

    action: the code of one, or the part before the point for all of that kind.
    subject: a part of the object's name, or a whole request id.
    first, last: days in the account's time zone, both included.
    """

    actor: str = ""
    action: str = ""
    subject: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry with its action in words and its details in lines of name and value."""

    entry: AuditEntry
    action: str
    details: list[tuple[str, str]]


def audit_page(
    account: Account, search: AuditSearch, *, number: str
) -> tuple[Page[AuditEntry], list[AuditRow]]:
    """Return a page of what was done in an account, newest first."""
    page = Paginator(_found(account, search), PAGE_SIZE).get_page(number)
    return page, [_row(entry) for entry in page]


def audit_csv(account: Account, search: AuditSearch) -> Iterator[bytes]:
    """Yield all that a search finds as CSV, newest first.

    Times are in the time zone of the caller, even if that is another one while parts are read.
    """
    zone = get_current_timezone()
    entries = _found(account, search).iterator(chunk_size=_ROWS_AT_ONCE)
    rows = (_csv_row(_row(entry), zone) for entry in entries)
    return csv_parts(HEADINGS, rows)


def _csv_row(row: AuditRow, zone: Any) -> tuple[object, ...]:
    entry = row.entry
    return (
        exported(entry.created_at, zone),
        entry.actor_name,
        row.action,
        entry.action,
        entry.subject,
        "\n".join(f"{name}: {value}" for name, value in row.details),
        entry.ip_address or "",
        entry.request_id,
    )


def _found(account: Account, search: AuditSearch) -> QuerySet[AuditEntry]:
    entries: QuerySet[AuditEntry] = account.audit_entries.order_by("-pk")
    if search.actor:
        entries = entries.filter(actor_name__icontains=search.actor)
    if "." in search.action:
        entries = entries.filter(action=search.action)
    elif search.action:
        entries = entries.filter(action__startswith=f"{search.action}.")
    if search.subject:
        named = Q(subject__icontains=search.subject)
        entries = entries.filter(named | Q(request_id=search.subject.upper()))
    if search.first:
        entries = entries.filter(created_at__gte=start_of(search.first))
    if search.last:
        entries = entries.filter(created_at__lt=start_of(search.last + timedelta(days=1)))
    return entries


def _row(entry: AuditEntry) -> AuditRow:
    return AuditRow(entry, action_words(entry.action), list(_lines(entry.details)))


def _lines(details: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Write the details in lines; what changed has one for each change."""
    for name, value in _ordered(details):
        values = value if isinstance(value, list) else [value]
        yield from ((detail_words(name), _text(one)) for one in values if one not in ("", None))


def _ordered(details: dict[str, Any]) -> list[tuple[str, Any]]:
    places = {name: place for place, name in enumerate(_ORDER)}
    return sorted(details.items(), key=lambda item: places.get(item[0], len(places)))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        parts = (f"{detail_words(name)}: {_text(one)}" for name, one in _ordered(value))
        return " · ".join(parts)
    return str(value)
