"""Memory of the web processes, the worker and the rest, at rest and after real pictures."""

from __future__ import annotations

import http.client
import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.verdicts import Caller, served_pictures
from tests.house.running import RunningConsole
from tests.pictures import PHOTOS

CALLS = 44
AT_ONCE = 4
OTHERS = "decoders and guardian"
# What the command line of each program holds.
NAMES = {
    "serving.web": "web",
    "console.publisher": "publisher",
    "celery": "worker",
    "valkey-server": "valkey",
    "serve": "supervisor",
    "": OTHERS,
}


def main() -> None:
    """Print the megabytes that each process holds."""
    allowed = {"FETCH_ALLOWED_NETWORKS": "127.0.0.0/8"}
    with (
        tempfile.TemporaryDirectory(prefix="assay-bench-") as name,
        served_pictures() as pictures,
        RunningConsole(Path(name) / "data", allowed) as console,
    ):
        console.wait_for(lambda: console.sign_in_page() == http.client.OK)
        console.wait_for(lambda: "ready." in console.text)  # the worker's word
        at_rest = _megabytes(console)
        key = json.loads(console.manage("create_access_key", "--json"))
        caller = Caller(console.port, key["id"], key["secret"])
        urls = [pictures.url(PHOTOS[number % len(PHOTOS)]) for number in range(CALLS)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(caller.moderate, urls))
        after = _megabytes(console)
    for name in sorted(set(after), key=list(NAMES.values()).index):
        print(f"memory of {name}: {sum(after[name])} MB after {CALLS} pictures, ", end="")
        print(f"{sum(at_rest[name])} MB at rest")
        print(f"    processes: {', '.join(f'{megabytes} MB' for megabytes in after[name])}")


def _megabytes(console: RunningConsole) -> dict[str, list[int]]:
    """Return the memory of the processes of each program.

    Memory that several processes share is divided between them.
    """
    found: dict[str, list[int]] = {}
    for pid, command in {**console.family(), console.process.pid: "serve"}.items():
        name = next((name for word, name in NAMES.items() if word in command), OTHERS)
        found.setdefault(name, []).append(_proportional_mb(pid))
    return found


def _proportional_mb(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.partition("\nPss:")[2].split()[0]) // 1024


if __name__ == "__main__":
    main()
