"""Tables as CSV, written row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from console.spreadsheet_cells import escaped

CSV_TYPE = "text/csv; charset=utf-8"
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
