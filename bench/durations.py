"""How long many things of one kind took, in a few words."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager


def spread(milliseconds: list[float]) -> str:
    """Return median, 99th percentile and maximum."""
    ordered = sorted(milliseconds)
    return (
        f"{statistics.median(ordered):.1f} ms, 99 % {ordered[len(ordered) * 99 // 100]:.1f} ms,"
        f" at most {ordered[-1]:.0f} ms"
    )


@contextmanager
def recorded_locks() -> Iterator[list[float]]:
    """Note for how many milliseconds each batch of this process keeps its lock."""
    from console.batches import Pace

    locks: list[float] = []
    learn = Pace._learn

    def noting(pace: Pace, seconds: float) -> None:
        locks.append(seconds * 1000)
        learn(pace, seconds)

    Pace._learn = noting  # type: ignore[assignment, method-assign]
    try:
        yield locks
    finally:
        Pace._learn = learn  # type: ignore[method-assign]
