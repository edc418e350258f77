"""B12: from Save to the last acknowledgement of four web processes and the worker, under traffic.

The account has 100,000 library images and 100,000 keywords. One rule, image or keyword after the
other is changed while signed calls come in; blocks of changes take turns with blocks without.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.alternation import percentile_ms
from bench.traffic import Traffic
from tests.house.running import RunningConsole
from tests.web_server import ROOT

if TYPE_CHECKING:
    from bench.changes import Author, Change

WEB_PROCESSES = 4
CHANGES = 100
BLOCKS = 5
CLIENTS = 1  # keeps one core busy
PAUSE_S = 0.2  # between two changes
UNANNOUNCED = 10
SETTINGS = {
    "WEB_PROCESSES": str(WEB_PROCESSES),
    "FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
    "QPS_LIMIT": "1000000",
    "MAX_LIBRARY_IMAGES": "200000",
    "MAX_KEYWORDS": "200000",
    "LOG_LEVEL": "WARNING",
}


def main() -> None:
    """Print how long changes take, announced and not, and what calls notice of them."""
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as name:
        data_dir = Path(name) / "data"
        os.environ.update({"DATA_DIR": str(data_dir), **SETTINGS})
        os.environ["DJANGO_SETTINGS_MODULE"] = "console.settings"
        subprocess.run([sys.executable, "manage.py", "prepare"], cwd=ROOT, check=True)
        import django

        django.setup()
        from bench.changes import Author

        author = Author.with_libraries()
        with RunningConsole(data_dir, SETTINGS) as console:
            console.wait_for(lambda: console.sign_in_page() == http.client.OK)
            console.wait_for(lambda: author.process_count() == WEB_PROCESSES + 1)
            key = json.loads(console.manage("create_access_key", "--json"))
            traffic = Traffic(console.port, key["id"], key["secret"], CLIENTS)
            _print_changes(author, traffic)
            traffic.end()
            with _announcements_cut(console):
                seconds = [author.change(number).seconds for number in range(UNANNOUNCED)]
    print(f"B12 without announcements: {max(seconds):.2f} s at most (goal 3 s)")


def _print_changes(author: Author, traffic: Traffic) -> None:
    quiet: list[float] = []
    changing: list[float] = []
    changes: list[Change] = []
    with traffic.flowing([]):
        time.sleep(5)  # warm all processes
    for block in range(BLOCKS):
        started = time.perf_counter()
        with traffic.flowing(changing):
            for number in range(CHANGES // BLOCKS):
                changes.append(author.change(block * CHANGES // BLOCKS + number))
                time.sleep(PAUSE_S)
        seconds = time.perf_counter() - started
        with traffic.flowing(quiet):
            time.sleep(seconds)
    _print_publication(changes)
    _print_traffic(quiet, changing)


def _print_publication(changes: list[Change]) -> None:
    seconds = [change.seconds for change in changes]
    saves = [change.save_seconds for change in changes]
    print(
        f"B12 Save to last acknowledgement: median {statistics.median(seconds) * 1e3:.0f} ms ",
        end="",
    )
    print(f"(goal 100), 99th percentile {percentile_ms(seconds, 99):.0f} ms (goal 1,000)")
    print(f"    the saves themselves: median {statistics.median(saves) * 1e3:.0f} ms, ", end="")
    print(f"{WEB_PROCESSES} web processes and a worker follow, load {os.getloadavg()[0]:.1f}")
    for kind in sorted({change.kind for change in changes}):
        of_kind = [change.seconds for change in changes if change.kind == kind]
        print(f"    {kind}: median {statistics.median(of_kind) * 1e3:.0f} ms, ", end="")
        print(f"most {max(of_kind) * 1e3:.0f} ms, {len(of_kind)} changes")


def _print_traffic(quiet: list[float], changing: list[float]) -> None:
    ratio = statistics.median(changing) / statistics.median(quiet)
    slow = percentile_ms(changing, 95) / percentile_ms(quiet, 95)
    print(f"calls meanwhile: {ratio:.2f} x the median of before, {slow:.2f} x the 95th percentile")
    print(f"    {len(changing)} calls of {CLIENTS} clients, {len(quiet)} without changes")


@contextmanager
def _announcements_cut(console: RunningConsole) -> Iterator[None]:
    """Stop the publisher, so that processes find changes by looking alone."""
    pids = [pid for pid, command in console.family().items() if "console.publisher" in command]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


if __name__ == "__main__":
    main()
