"""A vocabulary's keywords as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import tzinfo

from django.utils.text import slugify
from django.utils.timezone import get_current_timezone
from rustpy_xlsxwriter import FastExcel

from libraries.models import Vocabulary
from libraries.spreadsheet_cells import escaped

CONTENT_TYPES = {
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_KEYWORD, _ADDED = "Keyword", "Added"  # not translated, so that every import knows the heading
_BYTE_ORDER_MARK = "\ufeff"  # without it, Excel takes UTF-8 for the code page of the country
_CHUNK_ROWS = 2000


def file_stem(vocabulary: Vocabulary) -> str:
    """Return the name of the vocabulary's file, without its ending."""
    return slugify(vocabulary.name, allow_unicode=True) or "keywords"


def export(vocabulary: Vocabulary, file_format: str) -> Iterator[bytes]:
    """Yield the file in parts, oldest keyword first; the format is a key of CONTENT_TYPES.

    Times are in the time zone of the caller, even if that is another one while parts are read.
    """
    rows = _rows(vocabulary, get_current_timezone())
    if file_format == "xlsx":
        return iter([_workbook(rows)])
    return _csv(rows) if file_format == "csv" else _text(rows)


def _rows(vocabulary: Vocabulary, zone: tzinfo) -> Iterator[tuple[str, str]]:
    """Return the keywords, each with the time at which it was added."""
    keywords = vocabulary.keywords.order_by("pk").values_list("text", "added_at")
    for text, added_at in keywords.iterator(chunk_size=_CHUNK_ROWS):
        yield text, added_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _text(rows: Iterator[tuple[str, str]]) -> Iterator[bytes]:
    for text, _added_at in rows:
        yield f"{text}\n".encode()


def _csv(rows: Iterator[tuple[str, str]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(_BYTE_ORDER_MARK)
    writer.writerow((_KEYWORD, _ADDED))
    for text, added_at in rows:
        writer.writerow((escaped(text), added_at))
        if buffer.tell() > 2**16:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    content = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return content


def _workbook(rows: Iterator[tuple[str, str]]) -> bytes:
    """Write a workbook whose cells are all text, whatever they look like."""
    buffer = io.BytesIO()
    records = ({_KEYWORD: text, _ADDED: added_at} for text, added_at in rows)
    FastExcel(buffer).sheet("Keywords", records).save()
    return buffer.getvalue()
