"""Keys of detection results: they grow with time, so that the newest lie together on disk."""

import itertools
import secrets
import time

_SEQUENCE_BITS = 20
_sequence = itertools.count(secrets.randbits(_SEQUENCE_BITS))


def new_result_id() -> int:
    """Return milliseconds since 1970 in the upper 43 bits and a running number in the lower 20.

    The running number starts at random in each process, so that two processes do not meet.
    """
    number = next(_sequence) & ((1 << _SEQUENCE_BITS) - 1)
    return (time.time_ns() // 1_000_000) << _SEQUENCE_BITS | number
