"""Work that takes seconds of a core, done by one process of a machine after the other."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from django.conf import settings

_LOCK_FILE = "policies.lock"
_PATIENCE_S = 120.0  # then somebody who has it hangs
_POLL_S = 0.05


@contextmanager
def own_turn() -> Iterator[None]:
    """Wait until no other process of this machine is at such work, but not forever.

    All processes hear of a change at the same time; pictures would have no core meanwhile.
    """
    with (Path(settings.DATA_DIR) / _LOCK_FILE).open("a") as file:
        deadline = time.monotonic() + _PATIENCE_S
        while not _locked(file) and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        yield


def _locked(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
