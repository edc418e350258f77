"""Names of worker processes, by which one sees whether the one that took some work still lives."""

from __future__ import annotations

import os
import secrets
import socket

_PROCESS = secrets.token_hex(4)  # a restarted container may get the old process id again


def worker_name() -> str:
    """Name this process: host, process id, and a word of its own."""
    return f"{socket.gethostname()} {os.getpid()} {_PROCESS}"


def is_gone(name: str) -> bool:
    """Say whether a worker of this host has ended; of other hosts nobody here knows.

    name: from worker_name(); more words may follow.
    """
    host, pid, process = name.split(" ")[:3]
    if host != socket.gethostname():
        return False
    if int(pid) == os.getpid():
        return process != _PROCESS
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
