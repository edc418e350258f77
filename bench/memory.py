"""Resident memory of the web processes and the worker, at rest and after real pictures."""

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
# The first line of the command line of each program that counts.
NAMES = {"serving.web": "web", "celery": "worker", "valkey-server": "valkey", "serve": "supervisor"}


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
    for process, megabytes in after.items():
        print(f"memory of {process}: {megabytes} MB after {CALLS} pictures, ", end="")
        print(f"{at_rest.get(process, 0)} MB at rest")


def _megabytes(console: RunningConsole) -> dict[str, int]:
    """Return the unshared and shared resident memory of each process, named and numbered."""
    found: dict[str, int] = {}
    for pid, command in {**console.family(), console.process.pid: "serve"}.items():
        name = next((name for word, name in NAMES.items() if word in command), "helper")
        number = sum(known.startswith(name) for known in found) + 1
        found[f"{name} {number}"] = _resident_mb(pid)
    return found


def _resident_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


if __name__ == "__main__":
    main()
