"""Storing results: in bulk against a table without indexes, and one by one beside retention.

BENCH_RESULTS says how many there are before (200,000); DATABASE_URL where, or SQLite in a new
folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, cast

from bench.durations import recorded_locks, spread
from bench.filled import filled_database
from tests.web_server import ROOT

if TYPE_CHECKING:
    from django.db.models import Model

A_DAY = 33_333  # a million in thirty days
BULK = 20_000
SINGLE = 200
GOAL_DAY_S = 0.5


def main() -> None:
    """Make the results, and measure; two days are deleted, one of them beside calls."""
    count = int(os.environ.get("BENCH_RESULTS", "200000"))
    days = count / A_DAY
    with filled_database(count, days=days) as account:
        _bulk(account)
        at_rest = [store_one(account, number) for number in range(SINGLE)]
        print(f"one result stored at rest: {spread(at_rest)} ({SINGLE} results)")
        _beside_retention(account, kept_days=int(days) - 1)
        _retention(kept_days=int(days) - 2)


def _beside_retention(account: Any, *, kept_days: int) -> None:
    purge = subprocess.Popen(
        [sys.executable, "manage.py", "purge_results", "--json"],
        cwd=ROOT,
        env={**os.environ, "RESULT_LIFETIME_DAYS": str(kept_days)},
        stdout=subprocess.PIPE,
        text=True,
    )
    beside: list[float] = []
    while purge.poll() is None:
        beside.append(store_one(account, len(beside)))
        time.sleep(0.01)
    output = purge.stdout.read().strip() if purge.stdout else ""
    print(f"one result stored beside retention: {spread(beside)} ({len(beside)} results)")
    print(f"    retention meanwhile: {output}")


def _retention(*, kept_days: int) -> None:
    """Delete a day of results, which have no pictures, while nobody else writes."""
    from django.conf import settings

    from results.cleaning import expired_batches

    settings.RESULT_LIFETIME_DAYS = kept_days
    started, worked = time.perf_counter(), time.process_time()
    with recorded_locks() as locks:
        deleted = sum(expired_batches())
    elapsed_s, worked_s = time.perf_counter() - started, time.process_time() - worked
    print(
        f"B7 retention of {deleted:,} results without pictures: {elapsed_s:.1f} s (goal at most"
        f" {GOAL_DAY_S} s), of processor time {worked_s:.1f} s; the lock is kept"
        f" {sum(locks) / 1000:.1f} s in all, a batch {spread(locks)}"
    )


def _bulk(account: Any) -> None:
    """Store results as make_results does, and the same rows in a table without indexes."""
    from django.db import connection

    from results import made_results

    mixture = made_results._Mixture(account, BULK, 0.5, 7)
    made = list(mixture.results())
    rows = [mixture.row(result) for result in made]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS plain_results")
        cursor.execute(
            "CREATE TABLE plain_results AS SELECT * FROM results_detectionresult LIMIT 0"
        )
    started = time.perf_counter()
    made_results.make_results(account, count=BULK, days=0.5, seed=8, progress=lambda made: None)
    stored_s = time.perf_counter() - started
    plain = made_results._Columns(cast("type[Model]", _Plain), made_results._RESULT.names)
    started = time.perf_counter()
    made_results._write(plain, rows)
    plain_s = time.perf_counter() - started
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE plain_results")
    print(
        f"B7 {BULK / stored_s:,.0f} results a second with labels, indexes and statistics, made"
        f" included: {plain_s / stored_s:.3f} of the bare rows in a table without indexes"
    )


class _Plain:
    """Stands for a model of the table without indexes."""

    class _meta:  # noqa: N801 - Django's name
        db_table = "plain_results"


def store_one(account: Any, number: int) -> float:
    """Store a result as a call does; return the milliseconds that it took."""
    from results import made_results, services
    from results.ids import new_result_id

    result = next(made_results._Mixture(account, 1, 0.0, time.time_ns() + number).results())
    result.account = account
    result.pk = new_result_id()
    result.findings, result.steps, result.fingerprint = {}, [], b""
    result.width = result.height = result.size_bytes = 1
    started = time.perf_counter()
    services._insert([result])
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
