"""Exporting all that is listed against csv.writer on the same rows: processor time and memory.

The results are made for it, in the database of DATABASE_URL or in SQLite in a new folder.
"""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path
from typing import Any

from bench.filled import filled_database

RESULTS = 60_000  # more than are exported


def main() -> None:
    """Make the results, and measure."""
    with filled_database(RESULTS, days=20) as account:
        _measure(account)


def _measure(account: Any) -> None:
    from zoneinfo import ZoneInfo

    from libraries.table_files import workbook_parts
    from results.exports import HEADINGS, _row, export
    from results.search import ResultSearch, all_listed

    search = ResultSearch()
    rows = [_row(one, ZoneInfo("UTC")) for one in all_listed(account, search)]
    started = time.process_time()
    writer = csv.writer(io.StringIO())
    writer.writerow(HEADINGS)
    writer.writerows(rows)
    bare_s = time.process_time() - started
    started = time.process_time()
    sum(len(part) for part in workbook_parts("Detection results", HEADINGS, rows))
    workbook_s = time.process_time() - started
    count = len(rows)
    del rows
    print(f"B9 workbook of {count:,} rows in memory: {workbook_s / bare_s:.1f} times csv.writer")
    for file_format in ("csv", "xlsx"):
        before = _peak_kilobytes(anew=True)
        started, wall = time.process_time(), time.perf_counter()
        size = sum(len(part) for part in export(account, search, file_format))
        taken = time.process_time() - started
        grown = _peak_kilobytes() - before
        print(
            f"B9 export of {count:,} results as {file_format}: {taken:.1f} s of processor time,"
            f" {time.perf_counter() - wall:.1f} s, {size / 1e6:.1f} MB, peak memory"
            f" {grown / 1024:+.0f} MB; {taken / bare_s:.1f} times csv.writer on rows in memory"
        )


def _peak_kilobytes(*, anew: bool = False) -> int:
    """Return the most memory that this process held at once; anew: forget what was before now."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    [line] = [
        line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line
    ]
    return int(line.split()[1])


if __name__ == "__main__":
    main()
