"""Lists of PDQ hashes without pictures, as they are exchanged: read and written as CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from console.spreadsheet_cells import escaped, unescaped

COLUMNS = ("hash", "quality", "name", "image_id", "added_at")
FULL_QUALITY = 100

_NAMES_OF = {
    "hash": {"hash", "pdq", "pdq_hash", "pdqhash", "pdq hash", "signal", "indicator"},
    "quality": {"quality", "pdq_quality"},
    "name": {"name", "file", "filename", "file_name", "description", "comment", "path"},
}
_HASH = re.compile(r"[0-9a-fA-F]{64}")
_MAX_FIELD_CHARACTERS = 4_096


@dataclass(frozen=True, slots=True)
class ListedHash:
    """One line of a list; text: what stands where the hash should, as it is.

    is_hash: the text is a PDQ hash.
    """

    text: str
    name: str = ""
    quality: int = FULL_QUALITY

    @property
    def is_hash(self) -> bool:
        return bool(_HASH.fullmatch(self.text))


def read_hashes(file: Iterable[str]) -> Iterator[ListedHash]:
    """Read a list with commas, semicolons or tabs, with or without a line of column names.

    Without names the first column is the hash; a column of numbers after it is the quality and
    any other the name.
    """
    lines = (_limited(line) for line in file if line.strip())
    first = next(lines, "")
    delimiter = max(",;\t", key=first.count)
    columns: dict[str, int] | None = None
    for line in chain([first], lines):
        # Each line by itself, so that a quotation mark without its end spoils no other.
        cells = [cell.strip() for row in csv.reader([line], delimiter=delimiter) for cell in row]
        if not any(cells):
            continue
        if columns is None:
            columns = _named_columns(cells)
            if columns:
                continue
        yield _listed(cells, columns) if columns else _guessed(cells)


def _limited(line: str) -> str:
    return line.lstrip("\ufeff").replace("\0", "")[:_MAX_FIELD_CHARACTERS]


def _named_columns(cells: list[str]) -> dict[str, int]:
    """Return where the columns are, if these are their names."""
    found = {
        meaning: number
        for number, cell in reversed(list(enumerate(cells)))
        for meaning, names in _NAMES_OF.items()
        if cell.lower() in names
    }
    return found if "hash" in found else {}


def _listed(cells: list[str], columns: dict[str, int]) -> ListedHash:
    values = {meaning: cells[number] for meaning, number in columns.items() if number < len(cells)}
    name = unescaped(values.get("name", ""))
    return ListedHash(values.get("hash", ""), name, _quality(values.get("quality", "")))


def _guessed(cells: list[str]) -> ListedHash:
    quality = next((_quality(cell) for cell in cells[1:] if _is_quality(cell)), FULL_QUALITY)
    name = next((cell for cell in cells[1:] if cell and not _is_quality(cell)), "")
    return ListedHash(cells[0], unescaped(name), quality)


def _is_quality(text: str) -> bool:
    return text.isdecimal() and text.isascii() and int(text[:4]) <= FULL_QUALITY


def _quality(text: str) -> int:
    return int(text) if _is_quality(text) else FULL_QUALITY


def written_lines(rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    """Write rows of COLUMNS as lines of CSV, with the names first; no cell is a formula."""
    return csv_lines(chain([COLUMNS], rows))


def csv_lines(rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    """Write rows as lines of CSV that no spreadsheet takes for formulas."""
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([escaped(cell) for cell in row])
        yield line.getvalue()
