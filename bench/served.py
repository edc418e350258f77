"""What measurements of calls have served: the console, the bare view, and a photograph."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from bench.installation import Installation, fresh_installation
from tests.pictures import jpeg, photo
from tests.web_server import WebServer, exchange, free_port, web_server

CONSOLE = "console.wsgi:serving_application"
_PROCESSES = 2
_SIZE = (1280, 960)


def served_console(
    installation: Installation, application: str = CONSOLE
) -> AbstractContextManager[WebServer]:
    """Serve the console as "make run" does."""
    return web_server(
        application, environment=installation.environment, workers=_PROCESSES, factory=True
    )


@contextmanager
def measured_console() -> Iterator[tuple[Installation, WebServer, str]]:
    """Serve a new console, whose settings this process takes over, and a photograph's URL."""
    with (
        fresh_installation() as installation,
        picture_url() as url,
        served_console(installation) as server,
    ):
        os.environ.update(installation.environment)
        yield installation, server, url


def served_bare_view() -> AbstractContextManager[WebServer]:
    """Serve the smallest Django application on as many processes."""
    return web_server("bench.bare:application", workers=_PROCESSES)


@contextmanager
def picture_url() -> Iterator[str]:
    """Serve one photograph from a process of its own."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "photo.jpg").write_bytes(jpeg(photo("coffee", _SIZE)))
        command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
        quiet = subprocess.DEVNULL
        server = subprocess.Popen(command, cwd=folder, stdout=quiet, stderr=quiet)
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}/photo.jpg"
        finally:
            server.terminate()
            server.wait()


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            exchange(port, b"HEAD / HTTP/1.0\r\n\r\n")
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
