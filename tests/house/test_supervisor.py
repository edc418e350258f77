"""The supervisor, with small programs instead of the console's own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house.running import is_running

PATIENCE_S = 20.0

SUPERVISE = """
    import os, signal, sys
    sys.path.insert(0, sys.argv[1])
    from console.serving.programs import Program
    from console.serving.supervisor import ProgramFailed, Supervisor, say

    body = "import os, time; print('here', os.getpid(), flush=True); time.sleep(600)"
    programs = [Program(name, (sys.executable, "-c", body)) for name in ("one", "two")]
    if "broken" in sys.argv:
        programs.append(Program("three", (sys.executable, "-c", "1/0"), is_ready=lambda: False))
    supervisor = Supervisor(programs, dict(os.environ), open("lock", "w"))
    signal.signal(signal.SIGTERM, supervisor.stop)
    try:
        supervisor.run(announce=lambda: say("ready"))
    except ProgramFailed as error:
        sys.exit(str(error))
"""


class Supervised:
    """A supervisor in a process of its own, with the lines that it has printed."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.output = folder / "output"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(SUPERVISE), str(Path.cwd()), *arguments],
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def pids(self, name: str) -> list[int]:
        """Return the process ids that a program has printed, in order."""
        words = (line.split() for line in self.text.splitlines() if " here " in line)
        return [int(line[-1]) for line in words if line[0].rstrip("|") == name]

    def wait_for(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, self.text
            time.sleep(0.02)


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    supervised = Supervised(tmp_path)
    supervised.wait_for(
        lambda: "ready" in supervised.text and supervised.pids("one") and supervised.pids("two")
    )
    yield supervised
    supervised.process.kill()
    supervised.process.wait()


def test_a_program_that_is_killed_is_started_again(supervised: Supervised) -> None:
    first = supervised.pids("one")[0]

    os.kill(first, signal.SIGKILL)

    supervised.wait_for(lambda: len(supervised.pids("one")) > 1)
    assert is_running(supervised.pids("one")[1])
    assert "one ended (signal SIGKILL)" in supervised.text
    assert len(supervised.pids("two")) == 1


def test_told_to_stop_it_leaves_no_process(supervised: Supervised) -> None:
    pids = supervised.pids("one") + supervised.pids("two")

    supervised.process.terminate()

    assert supervised.process.wait(PATIENCE_S) == 0
    assert not any(map(is_running, pids))


def test_killed_itself_it_leaves_no_process(supervised: Supervised) -> None:
    pids = supervised.pids("one") + supervised.pids("two")

    supervised.process.kill()

    supervised.wait_for(lambda: not any(map(is_running, pids)))


def test_it_gives_up_on_a_program_that_never_starts(tmp_path: Path) -> None:
    supervised = Supervised(tmp_path, "broken")

    code = supervised.process.wait(PATIENCE_S)

    assert code == 1
    assert "The program 'three' does not start" in supervised.text
    assert "ZeroDivisionError" in supervised.text
    assert not any(map(is_running, supervised.pids("one")))
