"""The console as "make run" starts it, in a folder and on a port of its own."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from django.conf import settings

from tests.own_database import own_database
from tests.web_server import ROOT, free_port

PATIENCE_S = 90.0
POLL_S = 0.02


class RunningConsole:
    """A console that was started with the run command; text is what it has printed.

    environment: settings that differ from the defaults.
    """

    def __init__(self, data_dir: Path, environment: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        self.data_dir = data_dir
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
            "DJANGO_SETTINGS_MODULE": "console.settings",
            **own_database(data_dir),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            **(environment or {}),
        }
        self._output = data_dir.with_suffix(".log")
        with self._output.open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE_S)

    @property
    def text(self) -> str:
        return self._output.read_text()

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Wait until the condition holds; fail with all that was printed if it never does."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, self.text
            time.sleep(POLL_S)

    def sign_in_page(self) -> int:
        """Return the status of the sign-in page, 0 if nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/account/login/")
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def manage(self, *arguments: str) -> str:
        """Run a management command on the same data and return what it prints."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True
        ).stdout

    def family(self) -> dict[int, str]:
        """Return the command lines of all processes that it has started, by process id."""
        return _descendants(self.process.pid)

    def stop(self) -> int:
        """Stop it as Ctrl-C does and return its exit code."""
        self.process.send_signal(2)
        return self.process.wait(PATIENCE_S)


def _descendants(pid: int) -> dict[int, str]:
    found: dict[int, str] = {}
    try:
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found[int(child)] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
            found |= _descendants(int(child))
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        pass
    return found


def is_running(pid: int) -> bool:
    """Say whether a process runs; one that only waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@contextmanager
def started_console(**environment: str) -> Iterator[RunningConsole]:
    """Start a console with the networks of the suite, wait until it is ready, and stop it."""
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:  # sockets need short paths
        data_dir = Path(folder) / "data"
        data_dir.mkdir()
        (data_dir / "models").symlink_to(Path(settings.MODEL_DIR))
        with RunningConsole(data_dir, {"WEB_PROCESSES": "1", **environment}) as console:
            console.wait_for(lambda: "ready after" in console.text)
            yield console
