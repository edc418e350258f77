"""B14: from an empty folder, and from one in use, to the first page; and to the first verdict."""

from __future__ import annotations

import http.client
import json
import tempfile
import time
from pathlib import Path

from bench.verdicts import Caller, served_pictures
from tests.house.running import RunningConsole

GOAL_EMPTY_S = 8
GOAL_WARM_S = 3
WARM_STARTS = 3


def main() -> None:
    """Print the seconds; the packages are installed already."""
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as name, served_pictures() as pictures:
        data_dir = Path(name) / "data"
        page_s, verdict_s = _first_start(data_dir, pictures.url("astronaut"))
        warm_s = sorted(_seconds_to_page(data_dir) for _ in range(WARM_STARTS))
    print(f"B14 empty folder to first page: {page_s:.1f} s (goal at most {GOAL_EMPTY_S} s)")
    print(f"B14 start with a folder in use: {warm_s[len(warm_s) // 2]:.1f} s ", end="")
    print(f"(goal at most {GOAL_WARM_S} s)")
    print(f"empty folder to first verdict of the API: {verdict_s:.1f} s")


def _first_start(data_dir: Path, picture: str) -> tuple[float, float]:
    started = time.perf_counter()
    with RunningConsole(data_dir, {"FETCH_ALLOWED_NETWORKS": "127.0.0.0/8"}) as console:
        console.wait_for(lambda: console.sign_in_page() == http.client.OK)
        page_s = time.perf_counter() - started
        key = json.loads(console.manage("create_access_key", "--json"))
        Caller(console.port, key["id"], key["secret"]).moderate(picture)
        verdict_s = time.perf_counter() - started
        console.wait_for(lambda: "ready." in console.text)  # the worker's word
    return page_s, verdict_s


def _seconds_to_page(data_dir: Path) -> float:
    started = time.perf_counter()
    with RunningConsole(data_dir) as console:
        console.wait_for(lambda: console.sign_in_page() == http.client.OK)
        seconds = time.perf_counter() - started
        console.wait_for(lambda: "ready after" in console.text)
    return seconds


if __name__ == "__main__":
    main()
