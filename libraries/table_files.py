"""Tables as files: CSV and Excel workbooks, written row by row."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from rustpy_xlsxwriter import FastExcel

from libraries.spreadsheet_cells import escaped

CSV_TYPE = "text/csv; charset=utf-8"
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Row = Sequence[object]
_BYTE_ORDER_MARK = "\ufeff"  # without it, Excel takes UTF-8 for the code page of the country
_PART_BYTES = 2**16


def csv_parts(headings: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield a table as CSV; no cell is a formula, whatever it looks like."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(_BYTE_ORDER_MARK)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([escaped(cell) for cell in row])
        if buffer.tell() > _PART_BYTES:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    content = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return content


def workbook_parts(name: str, headings: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield a workbook of one sheet, in which texts are texts, whatever they look like.

    It is written to a file first, so that the memory does not grow with the rows.
    """
    with tempfile.TemporaryFile() as file:
        records = (dict(zip(headings, row, strict=True)) for row in rows)
        first = next(records, dict.fromkeys(headings))  # so that headings are written anyway
        FastExcel(file).freeze(row=1).sheet(name, chain([first], records)).save()
        file.seek(0)
        while part := file.read(_PART_BYTES):
            yield part
