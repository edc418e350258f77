"""Keeps the number of pictures that are worked on at once to what the machine can do."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock


class Slots:
    """A fixed number of places, given in the order in which they were asked for.

    More threads than cores in the networks only slow each other down. Unlike with a plain
    semaphore, nobody is overtaken, so the slowest call waits no longer than it must.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: deque[Event] = deque()
        self._lock = Lock()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a place and keep it for the length of the block."""
        self._take()
        try:
            yield
        finally:
            self._give_back()

    def _take(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = Event()
            self._waiting.append(turn)
        turn.wait()

    def _give_back(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()  # the place goes on without becoming free
            else:
                self._free += 1
