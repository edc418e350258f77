"""Times several ways of doing the same in turn, so that what else the machine does hits all."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping

Way = Callable[[int], object]


def durations_s(ways: Mapping[str, Way], count: int, rounds: int) -> dict[str, list[float]]:
    """Return how long each way took for each of count inputs, 0 to count - 1, round by round.

    Processor time of this thread, which hardly depends on what else the machine does: each way
    has to do all its work in the thread that calls it.
    """
    durations: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way(0)  # so that nothing is measured for the first time
    gc.collect()
    for _ in range(rounds):
        for name, way in ways.items():
            for number in range(count):  # one after the other: each way finds its own caches
                started = time.thread_time_ns()
                way(number)
                durations[name].append((time.thread_time_ns() - started) / 1e9)
    return durations


def ratio(durations: Mapping[str, list[float]], name: str, to: str) -> float:
    """Return the median of one way's durations, each divided by the other's beside it."""
    pairs = zip(durations[name], durations[to], strict=True)
    return statistics.median(one / other for one, other in pairs)


def median_ms(durations: Mapping[str, list[float]], name: str) -> float:
    """Return the median of one way, in milliseconds."""
    return statistics.median(durations[name]) * 1000


def percentile_ms(values_s: list[float], percent: int) -> float:
    """Return the value that so many percent do not exceed, in milliseconds."""
    ordered = sorted(values_s)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000
