"""Signed calls in a process of their own, so that what measures does not slow them, nor they it.

Run as "python -m bench.traffic <port> <key id> <secret> <clients>". At a line "start" each client
calls again and again; at a line "stop" the seconds of each call are printed as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from bench.verdicts import Caller, served_pictures
from tests.web_server import ROOT

PICTURE = "rocket"


class Traffic:
    """The process of the calls, as whoever measures sees it."""

    def __init__(self, port: int, key_id: str, secret: str, clients: int) -> None:
        words = [str(port), key_id, secret, str(clients)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.traffic", *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def flowing(self, durations: list[float]) -> Iterator[None]:
        """Let calls come in; add the seconds of each."""
        self._say("start")
        yield
        self._say("stop")
        assert self._process.stdout
        durations += json.loads(self._process.stdout.readline())

    def end(self) -> None:
        """End the process."""
        self._process.communicate()

    def _say(self, word: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()


def main(port: int, key_id: str, secret: str, clients: int) -> None:
    """Call as the lines of the input say."""
    caller = Caller(port, key_id, secret)
    stopping = threading.Event()
    durations: list[float] = []

    def call(url: str) -> None:
        while not stopping.is_set():
            started = time.perf_counter()
            caller.moderate(url)
            durations.append(time.perf_counter() - started)

    with served_pictures() as pictures:
        while sys.stdin.readline():
            stopping.clear()
            with ThreadPoolExecutor(clients) as pool:
                calls = [pool.submit(call, pictures.url(PICTURE)) for _ in range(clients)]
                sys.stdin.readline()
                stopping.set()
            for one in calls:
                one.result()
            print(json.dumps(durations), flush=True)
            durations.clear()


if __name__ == "__main__":
    _, port, key_id, secret, clients = sys.argv
    main(int(port), key_id, secret, int(clients))
