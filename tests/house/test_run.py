"""The console as "make run" starts it: real programs on an empty folder."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PATIENCE_S = 90.0
ROOT = Path(__file__).resolve().parents[2]


class Console:
    """A console that was started with the run command."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.output = folder / "output"
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "console.settings",
            "DATA_DIR": str(folder / "data with a space"),
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "WEB_PROCESSES": "1",
        }
        environment.pop("REDIS_URL", None)
        with self.output.open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, self.text
            time.sleep(0.05)

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


def descendants(pid: int) -> dict[int, str]:
    """Return the command lines of the processes that a process has started, and they in turn."""
    found: dict[int, str] = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found[int(child)] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
        found |= descendants(int(child))
    return found


def pid_of(console: Console, word: str) -> int:
    """Return the first process whose command line holds the word, 0 if there is none."""
    processes = descendants(console.process.pid).items()
    return next((pid for pid, command in processes if word in command), 0)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    console = Console(tmp_path, port)
    console.wait_for(lambda: "ready after" in console.text or console.process.poll() is not None)
    yield console
    console.process.terminate()
    console.process.wait(PATIENCE_S)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_console_runs_survives_and_stops(console: Console) -> None:
    # One test in steps: each start takes seconds.
    assert console.sign_in_page() == http.client.OK
    assert f"http://127.0.0.1:{console.port}" in console.text
    assert len(re.findall(r"password   \S{12,}", console.text)) == 1

    console.wait_for(lambda: "worker | " in console.text and "ready." in console.text)
    for word, name in (("valkey-server", "valkey"), ("celery", "worker"), ("granian", "web")):
        killed = pid_of(console, word)
        os.kill(killed, signal.SIGKILL)
        console.wait_for(lambda name=name: f"{name} ended (signal SIGKILL)" in console.text)
        console.wait_for(lambda word=word, killed=killed: pid_of(console, word) not in {0, killed})
    console.wait_for(lambda: console.sign_in_page() == http.client.OK)

    everything = descendants(console.process.pid)
    console.process.send_signal(signal.SIGINT)
    assert console.process.wait(PATIENCE_S) == 0
    assert [command for pid, command in everything.items() if is_running(pid)] == []
    assert console.sign_in_page() == 0
    assert "Traceback" not in console.text
