"""Several at the same moment, each with a connection to the database of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connection


def at_once(actions: Sequence[Callable[[], object]], *, times: int = 1) -> None:
    """Do each action so many times, each in a thread; raise what one raises."""

    def run(action: Callable[[], object]) -> None:
        try:
            for _ in range(times):
                action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        list(pool.map(run, actions))
