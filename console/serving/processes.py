"""How many processes a machine has room for."""

from __future__ import annotations

import os
import sys

from django.conf import settings

WEB_PROCESS_BYTES = 600 * 2**20  # measured: the networks and what pictures need on their way
MOST_WEB_PROCESSES = 16


def web_processes() -> int:
    """Return the setting, or one process a core as long as the memory suffices.

    The worker needs as much memory as a web process.
    """
    if settings.WEB_PROCESSES:
        return int(settings.WEB_PROCESSES)
    fitting = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // WEB_PROCESS_BYTES - 1
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(cores, fitting, MOST_WEB_PROCESSES))
