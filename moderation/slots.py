"""Keeps the number of pictures that are worked on at once to what the machine can do."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock

from moderation.errors import RateExceeded


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
    def taken(self, patience_s: float | None = None) -> Iterator[None]:
        """Wait for a place and keep it for the length of the block.

        patience_s: how long to wait at most; None for as long as it takes.

        Raises RateExceeded if there is no place in that time.
        """
        self._take(patience_s)
        try:
            yield
        finally:
            self._give_back()

    def _take(self, patience_s: float | None) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = Event()
            self._waiting.append(turn)
        if not turn.wait(patience_s):
            self._leave(turn)

    def _leave(self, turn: Event) -> None:
        with self._lock:
            if turn.is_set():  # it came just now
                return
            self._waiting.remove(turn)
        raise RateExceeded("More pictures wait here than can be looked at; call again later.")

    def _give_back(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()  # the place goes on without becoming free
            else:
                self._free += 1
