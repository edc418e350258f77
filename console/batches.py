"""Working through many rows in batches, so that nobody else who writes waits for long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection, transaction

_LOCKED_S = 0.02  # SQLite has one writer; the calls that store a result wait meanwhile
_LEFT_S = 0.015  # who waits tries again this soon
# Some 80 MB of the log. After each checkpoint whoever writes next waits for the disk.
_ROWS_TO_CHECKPOINT = 8000
_TRANSACTION_S = 0.25  # on PostgreSQL nobody waits, but what is interrupted is done again
_GROWTH = 2  # at most, from one batch to the next


@dataclass
class Pace:
    """How many rows the next batch has, learnt from how long the last one kept its lock."""

    size: int
    least: int = 100
    most: int = 20_000
    _rows: int = field(default=0, init=False)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Open the transaction of a batch, and learn from it."""
        with transaction.atomic():
            started = time.perf_counter()  # waiting for the lock keeps nobody else
            yield
        self._rows += self.size
        self._learn(time.perf_counter() - started)

    def rest(self) -> None:
        """Let others write between two batches."""
        if connection.vendor != "sqlite":
            return
        if self._rows >= _ROWS_TO_CHECKPOINT:
            checkpoint()
            self._rows = 0
        time.sleep(_LEFT_S)

    def _learn(self, seconds: float) -> None:
        wanted_s = _LOCKED_S if connection.vendor == "sqlite" else _TRANSACTION_S
        factor = min(wanted_s / seconds, _GROWTH)
        self.size = max(self.least, min(round(self.size * factor), self.most))


def checkpoint() -> None:
    """Bring what SQLite has in its log to its place; it holds up neither readers nor writers.

    Otherwise a call that stores a result would have to, once the log is long enough.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
