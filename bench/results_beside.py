"""Searching while results are stored one by one, and storing them while there are searches.

It adds results to the database of DATA_DIR or DATABASE_URL; see bench.results_search.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

from bench.durations import spread
from tests.web_server import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.result_cases import Case

ROUNDS, SECONDS = 6, 3.0
RATE = 25  # results a second, three times what the processors of this machine can moderate
WRITE = "write"


def main() -> None:
    """Alternate searching alone, storing alone, and both."""
    from django.db import connection

    from bench.result_cases import cases
    from console.models import Account

    account = Account.objects.order_by("pk")[0]
    searches = cycle(list(cases(account)))
    writer = _Writer()
    alone: list[_Taken] = []
    beside: list[_Taken] = []
    stored: list[float] = []
    stored_beside: list[float] = []
    _search(account, searches)  # once, so that the first finds things as warm as the others
    for _ in range(ROUNDS):
        alone += _search(account, searches)
        writer.start()
        stored += writer.taken()
        writer.start()
        beside += _search(account, searches)
        stored_beside += writer.taken()
    print(f"    {connection.vendor}, {RATE} results a second, load {os.getloadavg()[0]:.0f}")
    print(f"count and page of a search, alone: {_of(alone)}")
    print(f"the same while results are stored: {_of(beside)}")
    print(f"one result stored, alone: {spread(stored)}")
    print(f"the same beside searches without a pause: {spread(stored_beside)}")


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a search took; the processor's time is that of this thread, not of a server."""

    elapsed_ms: float
    processor_ms: float


def _of(taken: list[_Taken]) -> str:
    processor_ms = statistics.median(one.processor_ms for one in taken)
    return f"{spread([one.elapsed_ms for one in taken])}, {processor_ms:.1f} ms of processor time"


def _search(account: Any, searches: Iterator[Case]) -> list[_Taken]:
    """Count and read the first page of each search, for some seconds."""
    from bench.result_cases import SIZE
    from results import search as searching

    taken: list[_Taken] = []
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        case = next(searches)
        started, worked = time.perf_counter(), time.thread_time()
        found = searching.count(account, case.search)
        searching.page(account, case.search, found, size=SIZE, before=case.before)
        elapsed, processor = time.perf_counter() - started, time.thread_time() - worked
        taken.append(_Taken(elapsed * 1000, processor * 1000))
    return taken


class _Writer:
    """A process of its own that stores results at a steady rate whenever it is told to."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.results_beside", WRITE],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self) -> None:
        """Have it store results for some seconds."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def taken(self) -> list[float]:
        """Wait until it is done; return the milliseconds that each result took."""
        assert self._process.stdout
        taken: list[float] = json.loads(self._process.stdout.readline())
        return taken


def write() -> None:
    """Store results for some seconds for each line that comes, and say how long each took."""
    from bench.results_ingest import store_one
    from console.models import Account

    account = Account.objects.order_by("pk")[0]
    for _ in sys.stdin:
        started = time.perf_counter()
        taken = []
        for number in range(int(SECONDS * RATE)):
            time.sleep(max(0.0, started + number / RATE - time.perf_counter()))
            taken.append(store_one(account, number))
        print(json.dumps(taken), flush=True)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    django.setup()
    if sys.argv[1:] == [WRITE]:
        write()
    else:
        main()
