"""Keys of detection results: they grow with time, so that the newest lie together on disk."""

import itertools
import os
import secrets
import time
from datetime import UTC, datetime

_SEQUENCE_BITS = 20


class _Sequence:
    """A running number that starts at random."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._numbers = itertools.count(secrets.randbits(_SEQUENCE_BITS))

    def next(self) -> int:
        return next(self._numbers) & ((1 << _SEQUENCE_BITS) - 1)


_sequence = _Sequence()
os.register_at_fork(after_in_child=_sequence.restart)  # web processes are forks of one


def new_result_id() -> int:
    """Return milliseconds since 1970 in the upper 43 bits and a running number in the lower 20.

    The running number starts at random in each process, so that two processes do not meet.
    """
    return (time.time_ns() // 1_000_000) << _SEQUENCE_BITS | _sequence.next()


def first_id_of(moment: datetime) -> int:
    """Return the smallest id that new_result_id() may give from that moment on."""
    return int(moment.timestamp() * 1000) << _SEQUENCE_BITS


def moment_of(result_id: int) -> datetime:
    """Return when new_result_id() gave that id, in UTC."""
    return datetime.fromtimestamp((result_id >> _SEQUENCE_BITS) / 1000, UTC)
