"""Exporting all that is listed against csv.writer on the same rows: processor time and memory."""

from __future__ import annotations

import csv
import io
import os
import resource
import time


def main() -> None:
    """Measure on the database of the environment; see bench.results_search."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    django.setup()
    from zoneinfo import ZoneInfo

    from console.models import Account
    from libraries.table_files import workbook_parts
    from results.exports import HEADINGS, _row, export
    from results.search import ResultSearch, all_listed

    account = Account.objects.order_by("pk")[0]
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
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started, wall = time.process_time(), time.perf_counter()
        size = sum(len(part) for part in export(account, search, file_format))
        taken = time.process_time() - started
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(
            f"B9 export of {count:,} results as {file_format}: {taken:.1f} s of processor time,"
            f" {time.perf_counter() - wall:.1f} s, {size / 1e6:.1f} MB, peak memory"
            f" {grown / 1024:+.0f} MB; {taken / bare_s:.1f} times csv.writer on rows in memory"
        )


if __name__ == "__main__":
    main()
