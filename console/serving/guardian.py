"""Ends the programs that a supervisor leaves behind when it is killed.

Run as a program of its own, without the packages of the project: it holds the other end of a
pipe to the supervisor. Each line that it reads names a process group: "+123" one to watch,
"-123" one that has ended. When the pipe closes, the supervisor is gone.
"""

import os
import signal
import sys
import time
from contextlib import suppress

GRACE_S = 8.0
POLL_S = 0.05


def main() -> None:
    """Read the names of process groups until the pipe closes, then end those that are left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        change = groups.add if line.startswith("+") else groups.discard
        change(int(line[1:]))
    end(groups)


def end(groups: set[int]) -> None:
    """Ask the groups to stop, and stop them for good when the time is over."""
    _signal(groups, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_S
    while any(map(_exists, groups)) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    _signal(groups, signal.SIGKILL)


def _exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _signal(groups: set[int], number: signal.Signals) -> None:
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, number)


if __name__ == "__main__":
    main()
