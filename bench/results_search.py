"""Every search of the results page against the same SQL run directly, and each in milliseconds.

Run against the database of DATA_DIR or DATABASE_URL if it holds results of make_results; otherwise
a new one is filled with BENCH_RESULTS (1,000,000) first.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.web_server import ROOT

ROUNDS = 60
SIZE = 50
MEASURE = "measure"


@dataclass(frozen=True)
class Case:
    """A search; sql: what finds its ids with the index that suits it best, run directly."""

    name: str
    search: Any
    sql: str
    before: int | None = None


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


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def measure() -> None:
    """Print what each search takes; the account is the first one."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    django.setup()
    from django.db import connection

    from console.models import Account
    from results import search as searching
    from results.models import DetectionResult

    account = Account.objects.order_by("pk")[0]
    everything = DetectionResult.objects.count()
    ids = list(DetectionResult.objects.order_by("-pk").values_list("pk", flat=True)[:SIZE])
    marks = ",".join(["%s"] * len(ids))
    by_key = _fetcher(f"SELECT * FROM results_detectionresult WHERE id IN ({marks})", ids)
    print(f"    {connection.vendor}, {everything:,} results, {ROUNDS} rounds, load {_load()}")
    for case in _cases(account):
        _report(case, by_key, _ways(case, account, searching))


def _ways(case: Case, account: Any, searching: Any) -> dict[str, Callable[[], object]]:
    from results.streams import _merged, streams_of

    span = searching._span(case.search)
    if case.before:
        from dataclasses import replace

        span = replace(span, below=case.before)
    found = searching.count(account, case.search)
    floor = max(span.above, found.floor)
    sql, parameters = _merged(streams_of(account, case.search, span), SIZE, newest_first=True)
    return {
        "its SQL": _fetcher(sql, parameters),
        "directly": _fetcher(case.sql, [floor, case.before or 2**63 - 1]),
        "count": lambda: searching.count(account, case.search),
        "page": lambda: searching.page(account, case.search, found, size=SIZE, before=case.before),
    }


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

    # SQLite works in this thread, whose processor time hardly depends on what else is running.
    clock = time.thread_time if connection.vendor == "sqlite" else time.perf_counter
    ways = {"by key": by_key, **ways}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = clock()
            way()
            taken[name].append((clock() - started) * 1000)
    middle = {name: statistics.median(values) for name, values in taken.items()}
    last = {name: sorted(values)[len(values) * 99 // 100] for name, values in taken.items()}
    print(
        f"{case.name}: its SQL {middle['its SQL'] / middle['directly']:.2f} times the best"
        f" ({middle['directly']:.2f} ms); count {middle['count']:.1f} ms; page"
        f" {middle['page']:.1f} ms, 99 % {last['page']:.1f} ms,"
        f" {middle['page'] / middle['by key']:.1f} times {SIZE} rows by key"
    )


def _cases(account: Any) -> list[Case]:
    from results.label_list import read_labels
    from results.models import DetectionResult, ResultLabel
    from results.search import ResultSearch

    results, labels = "results_detectionresult", "results_resultlabel"
    kept = f"account_id = {account.pk} AND"
    order = f"ORDER BY id DESC LIMIT {SIZE}"
    some = DetectionResult.objects.exclude(data_id="").order_by("pk")[1000]
    counts = dict(_label_counts(ResultLabel, account))
    by_count = sorted(counts, key=lambda code: -counts[code])
    five, rare = by_count[1:6], min(counts, key=lambda code: counts[code])
    common, middling, *_ = five[::2]
    deep = DetectionResult.objects.order_by("-pk").values_list("pk", flat=True)[45_000]

    def of(label: str, more: str = "") -> str:
        return (
            f"SELECT result_id FROM {labels} WHERE {kept} {more} label = '{label}'"
            f" AND result_id > %s AND result_id < %s ORDER BY result_id DESC LIMIT {SIZE}"
        )

    def each(condition: str) -> str:
        return f"SELECT id FROM {results} WHERE {kept} {condition} id > %s AND id < %s {order}"

    def inlined(label: str) -> str:
        return of(label).replace("result_id > %s AND result_id < %s", "result_id > 0")

    merged = " UNION ".join(f"SELECT * FROM ({inlined(label)}) AS part" for label in five)
    service = "baselineCheck"
    return [
        Case("newest", ResultSearch(), each("")),
        Case("request ID", ResultSearch(request_id=some.request_id),
             each(f"request_id = '{some.request_id}' AND")),
        Case("data ID", ResultSearch(data_id=some.data_id),
             each(f"data_id = '{some.data_id}' AND")),
        Case("service", ResultSearch(service_code=service),
             each(f"service_code = '{service}' AND")),
        Case("common label", ResultSearch(labels=read_labels(common)), of(common)),
        Case("middling label", ResultSearch(labels=read_labels(middling)), of(middling)),
        Case("rare label", ResultSearch(labels=read_labels(rare)), of(rare)),
        Case("label of a service",
             ResultSearch(labels=read_labels(common), service_code=service),
             of(common, f"service_code = '{service}' AND")),
        Case("five labels", ResultSearch(labels=read_labels(",".join(five))),
             f"SELECT * FROM (SELECT result_id FROM ({merged}) AS merged) AS all_of_them"
             f" WHERE result_id > %s AND result_id < %s ORDER BY result_id DESC LIMIT {SIZE}"),
        Case("!=nonLabel", ResultSearch(labels=read_labels("!=nonLabel")),
             each("NOT (risk_level = 'none') AND")),
        Case("high risk", ResultSearch(risk_levels=frozenset({"high"})),
             each("risk_level = 'high' AND NOT (risk_level = 'none') AND")),
        Case("online tests", ResultSearch(source="test"), each("source = 'test' AND")),
        Case("page 45,000 deep", ResultSearch(), each(""), before=deep),
    ]  # fmt: skip


def _label_counts(model: Any, account: Any) -> Any:
    from django.db.models import Count

    found = model.objects.filter(account=account).values_list("label").annotate(Count("pk"))
    return found.order_by()


def _load() -> str:
    return f"{os.getloadavg()[0]:.0f}"


if __name__ == "__main__":
    if sys.argv[1:] == [MEASURE]:
        measure()
    else:
        main()
