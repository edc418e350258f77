"""A vocabulary's keywords as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from django.utils.text import slugify
from django.utils.timezone import get_current_timezone

from console.csv_files import CSV_TYPE, csv_parts
from console.times import exported
from libraries.models import Vocabulary
from libraries.table_files import WORKBOOK_TYPE, workbook_parts

CONTENT_TYPES = {"txt": "text/plain; charset=utf-8", "csv": CSV_TYPE, "xlsx": WORKBOOK_TYPE}
_HEADINGS = ("Keyword", "Added")  # not translated, so that every import knows the first
_CHUNK_ROWS = 2000


def export(vocabulary: Vocabulary, file_format: str) -> Iterator[bytes]:
    """Yield the file in parts, oldest keyword first; the format is a key of CONTENT_TYPES.

    Times are in the time zone of the caller, even if that is another one while parts are read.
    """
    rows = _rows(vocabulary, get_current_timezone())
    if file_format == "xlsx":
        return workbook_parts("Keywords", _HEADINGS, rows)
    return csv_parts(_HEADINGS, rows) if file_format == "csv" else _text(rows)


def file_stem(vocabulary: Vocabulary) -> str:
    """Return the name of the vocabulary's file, without its ending."""
    return slugify(vocabulary.name, allow_unicode=True) or "keywords"


def _rows(vocabulary: Vocabulary, zone: tzinfo) -> Iterator[tuple[str, str]]:
    """Return the keywords, each with the time at which it was added."""
    keywords = vocabulary.keywords.order_by("pk").values_list("text", "added_at")
    for text, added_at in keywords.iterator(chunk_size=_CHUNK_ROWS):
        yield text, exported(added_at, zone)


def _text(rows: Iterator[tuple[str, str]]) -> Iterator[bytes]:
    for text, _added_at in rows:
        yield f"{text}\n".encode()
