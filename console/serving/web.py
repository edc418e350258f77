"""The web server: loads the application once, then divides into the web processes.

Run as a program, python -m console.serving.web. What is loaded before the division, the networks
above all, is in memory once for all processes, and a process that ended is there again at once.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.urls import get_resolver
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from console.serving.processes import web_processes

APPLICATION = "console.wsgi:serving_application"
BLOCKING_THREADS = 32  # of each web process; most wait, for downloads, slow clients or their turn
BACKLOG = 1024
STOP_WITHIN_S = 8


def main() -> None:
    """Serve until a signal to stop."""
    if multiprocessing.get_start_method() == "fork":
        _load()
    server = Granian(
        APPLICATION,
        factory=True,
        address=settings.HOST,
        port=settings.PORT,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=web_processes(),
        blocking_threads=BLOCKING_THREADS,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_WITHIN_S,
        log_level=LogLevels.error,  # a warning would tell of the many threads
        working_dir=Path(settings.BASE_DIR),
    )
    server.serve()
    # Without the interpreter's own end, at which zxing-cpp would report objects as leaked.
    sys.stdout.flush()
    os._exit(0)


def _load() -> None:
    import_module(APPLICATION.partition(":")[0])
    _ = get_resolver().url_patterns  # imports all views
    connections.close_all()  # no process may use those of another
    gc.freeze()  # or the first collection would copy what the processes share


if __name__ == "__main__":
    main()
