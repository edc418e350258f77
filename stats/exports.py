"""Usage as an Excel workbook."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from rustpy_xlsxwriter import FastExcel

from stats.usage import UsageQuery, calls_of, date_text

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADER = ("Account UID", "Service", "Usage", "Date")  # not translated: programs read them
_WIDTHS = dict(zip(HEADER, (20.0, 30.0, 12.0, 14.0), strict=True))


def usage_workbook(query: UsageQuery) -> bytes:
    """Return one row for each service and day, or month, with calls; all but the calls is text."""
    buffer = io.BytesIO()
    rows = list(_rows(query)) or [dict.fromkeys(HEADER)]  # without a row, there is no header
    book = FastExcel(buffer).sheet(
        "Usage",
        iter(rows),
        column_widths=_WIDTHS,
        ignore_errors=[HEADER[0]],  # digits that are text on purpose
    )
    book.save()
    return buffer.getvalue()


def _rows(query: UsageQuery) -> Iterator[dict[str, Any]]:
    for one in calls_of(query):
        values = (query.account.uid, one.service, one.figures.calls, date_text(query, one.date))
        yield dict(zip(HEADER, values, strict=True))
