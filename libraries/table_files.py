"""Tables as Excel workbooks, written row by row."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from rustpy_xlsxwriter import FastExcel

from console.csv_files import Row

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PART_BYTES = 2**16


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
