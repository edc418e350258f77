"""A real web server process for tests, and raw requests to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
_START_TIMEOUT_S = 90


class WebServer(NamedTuple):
    """A running web server; pid is that of its main process."""

    port: int
    pid: int


def free_port() -> int:
    """Return a port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def web_server(
    application: str,
    *,
    environment: Mapping[str, str] | None = None,
    workers: int = 1,
    factory: bool = False,
) -> Iterator[WebServer]:
    """Run Granian with the options of production until it answers.

    factory: the application is a function that each process calls to get its own.
    """
    port = free_port()
    command = (
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)),
        *("--blocking-threads", "2", "--log-level", "warning", application),
        *(("--factory",) if factory else ()),
    )
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(environment or {})})
    try:
        _wait(server, port)
        yield WebServer(port, server.pid)
    finally:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def exchange(port: int, request: bytes, *, timeout_s: float = 10) -> bytes:
    """Send raw bytes and return all that the server answers until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # it may refuse before the end
            connection.sendall(request)
        answer = b""
        with suppress(ConnectionResetError):
            while part := connection.recv(2**16):
                answer += part
    return answer


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the web server ended with {server.returncode}")
        with suppress(OSError):
            if exchange(port, b"HEAD / HTTP/1.0\r\nHost: localhost\r\n\r\n", timeout_s=30):
                return
        time.sleep(0.1)
    raise TimeoutError("the web server does not answer")
