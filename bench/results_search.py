"""Every search of the results page against the same SQL run directly, and each in milliseconds.

Run against the database of DATA_DIR or DATABASE_URL if it holds results of make_results; otherwise
a new one is filled with BENCH_RESULTS (1,000,000) first, and bench.results_beside follows.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.web_server import ROOT

if TYPE_CHECKING:
    from bench.result_cases import Case

ROUNDS = 60
MEASURE = "measure"


def main() -> None:
    """Measure in a process whose environment names the database."""
    if os.environ.get("DATABASE_URL") or os.environ.get("DATA_DIR"):
        _run([sys.executable, "-m", "bench.results_search", MEASURE], dict(os.environ))
        return
    count = os.environ.get("BENCH_RESULTS", "1000000")
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        environment = {**os.environ, "DATA_DIR": folder}
        for command in (
            ["migrate", "-v0"],
            ["create_account", "Example"],
            ["make_results", "--count", count, "--days", "29.9", "--json"],
        ):
            _run([sys.executable, "manage.py", *command], environment)
        _run([sys.executable, "-m", "bench.results_search", MEASURE], environment)
        _run([sys.executable, "-m", "bench.results_beside"], environment)


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def measure() -> None:
    """Print what each search takes; the account is the first one."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    django.setup()
    from django.db import connection

    from bench.result_cases import SIZE, cases
    from console.models import Account
    from results import search as searching
    from results.models import DetectionResult

    account = Account.objects.order_by("pk")[0]
    everything = DetectionResult.objects.count()
    ids = list(DetectionResult.objects.order_by("-pk").values_list("pk", flat=True)[:SIZE])
    marks = ",".join(["%s"] * len(ids))
    by_key = _fetcher(f"SELECT * FROM results_detectionresult WHERE id IN ({marks})", ids)
    print(f"    {connection.vendor}, {everything:,} results, {ROUNDS} rounds, load {_load()}")
    for case in cases(account):
        _report(case, by_key, _ways(case, account, searching))


def _ways(case: Case, account: Any, searching: Any) -> dict[str, Callable[[], object]]:
    from bench.result_cases import SIZE

    span = searching._span(case.search)
    found = searching.count(account, case.search)
    limits = [max(span.above, found.floor), case.before or 2**63 - 1]

    def page() -> object:
        return searching.page(account, case.search, found, size=SIZE, before=case.before)

    statements = _statements(page)
    its_sql = _fetcher(*statements[0])
    directly = _fetcher(case.sql, limits * (case.sql.count("%s") // 2))
    if its_sql() != directly():
        raise SystemExit(f"{case.name}: both do not find the same")
    return {
        "its SQL": its_sql,
        "directly": directly,
        "all its SQL": lambda: [fetch() for fetch in [_fetcher(*one) for one in statements]],
        "count": lambda: searching.count(account, case.search),
        "page": page,
    }


def _statements(run: Callable[[], object]) -> list[tuple[str, Any]]:
    """Return the SQL that something runs, with its parameters."""
    from django.db import connection

    statements: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, parameters: Any, many: Any, context: Any) -> Any:
        statements.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        run()
    return statements


def _fetcher(sql: str, parameters: list[Any]) -> Callable[[], list[Any]]:
    from django.db import connection

    def fetch() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            rows: list[Any] = cursor.fetchall()
            return rows

    return fetch


def _report(case: Case, by_key: Callable[[], object], ways: dict[str, Any]) -> None:
    """Alternate all ways and the fetch of as many rows by their keys."""
    from django.db import connection

    from bench.result_cases import SIZE

    # SQLite works in this thread, whose processor time hardly depends on what else is running.
    clock = time.thread_time if connection.vendor == "sqlite" else time.perf_counter
    ways = {"by key": by_key, **ways}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS):
        # What comes after its like finds everything warm, so that the order changes.
        for name in random.Random(number).sample(list(ways), len(ways)):
            started = clock()
            ways[name]()
            taken[name].append((clock() - started) * 1000)
    middle = {name: statistics.median(values) for name, values in taken.items()}
    last = {name: sorted(values)[len(values) * 99 // 100] for name, values in taken.items()}
    print(
        f"{case.name}: its SQL {middle['its SQL'] / middle['directly']:.2f} times the best"
        f" ({middle['directly']:.3f} ms, 99 % of its SQL {last['its SQL']:.3f}); count"
        f" {middle['count']:.1f} ms, 99 % {last['count']:.1f} ms; page"
        f" {middle['page']:.1f} ms, 99 % {last['page']:.1f} ms, {middle['all its SQL']:.2f} of it"
        f" SQL; {middle['page'] / middle['by key']:.1f} times {SIZE} rows by key"
    )


def _load() -> str:
    return f"{os.getloadavg()[0]:.0f}"


if __name__ == "__main__":
    if sys.argv[1:] == [MEASURE]:
        measure()
    else:
        main()
