"""What the processes of a server hold, as Linux tells it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Held(NamedTuple):
    """How many processes a server consists of, and how many files they have open.

    Sockets and pipes are files, too.
    """

    processes: int
    files: int

    @classmethod
    def by(cls, pid: int) -> Held:
        """Count at the server's main process and all below it."""
        pids = list(family(pid))
        return cls(len(pids), sum(len(list(Path(f"/proc/{each}/fd").iterdir())) for each in pids))


def family(pid: int) -> Iterator[int]:
    """Yield a process and all below it."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(process_status(int(folder.name))[1])
        except (FileNotFoundError, ProcessLookupError):  # it has just ended
            continue
    generation = [pid]
    while generation:
        yield from generation
        generation = [child for child, parent in parents.items() if parent in generation]


def process_status(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat after the name."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def peak_memory_mb(pid: int) -> list[int]:
    """Return the peak resident memory of a process and each of its descendants."""
    return [_peak_mb(process) for process in family(pid)]


def _peak_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024
