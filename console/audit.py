"""The audit log as people search it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from console.models import Account, AuditEntry

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry with its details in lines of name and value."""

    entry: AuditEntry
    details: list[tuple[str, str]]


def audit_page(
    account: Account, *, number: str, actor: str, action: str, subject: str
) -> tuple[Page[AuditEntry], list[AuditRow]]:
    """Return a page of what was done in an account, newest first; what is empty is not asked."""
    entries: QuerySet[AuditEntry] = account.audit_entries.order_by("-pk")
    if actor:
        entries = entries.filter(actor_name__icontains=actor)
    if action:
        entries = entries.filter(action__startswith=f"{action}.")
    if subject:
        entries = entries.filter(subject__icontains=subject)
    page = Paginator(entries, PAGE_SIZE).get_page(number)
    return page, [AuditRow(entry, list(_lines(entry.details))) for entry in page]


def _lines(details: Any) -> list[tuple[str, str]]:
    """Write the details in lines; what changed has one for each change."""
    lines: list[tuple[str, str]] = []
    for name, value in details.items():
        values = value if isinstance(value, list) else [value]
        lines += [(name, _text(one)) for one in values if one not in ("", None)]
    return lines


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return " · ".join(f"{name}: {_text(one)}" for name, one in value.items())
    return str(value)
