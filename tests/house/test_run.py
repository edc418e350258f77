"""The run command: real programs on an empty folder."""

from __future__ import annotations

import http.client
import os
import re
import signal
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.house.running import RunningConsole, is_running


@pytest.fixture
def console(tmp_path: Path) -> Iterator[RunningConsole]:
    with RunningConsole(tmp_path / "data with a space", {"WEB_PROCESSES": "1"}) as console:
        console.wait_for(lambda: "ready after" in console.text)
        yield console


# What the command line of each program holds.
PROGRAMS = {
    "valkey-server": "valkey",
    "-A console worker": "worker",
    "console.publisher": "publisher",
    "serving.web": "web",
}


def pid_of(console: RunningConsole, word: str) -> int:
    """Return the first process whose command line holds the word, -1 if there is none."""
    return next((pid for pid, command in console.family().items() if word in command), -1)


def was_restarted(console: RunningConsole, word: str, name: str, killed: int) -> bool:
    """Say whether the end of a program was noticed and another process runs instead."""
    noticed = f"{name} ended (signal SIGKILL)" in console.text
    return noticed and pid_of(console, word) not in {-1, killed}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_console_runs_survives_and_stops(console: RunningConsole) -> None:
    # One test in steps, for each start takes seconds.
    assert console.sign_in_page() == http.client.OK
    assert f"http://127.0.0.1:{console.port}" in console.text
    assert len(re.findall(r"password   \S{12,}", console.text)) == 1

    console.wait_for(lambda: "ready." in console.text)  # the worker's word
    for word, name in PROGRAMS.items():
        killed = pid_of(console, word)
        assert killed > 0, word
        os.kill(killed, signal.SIGKILL)
        console.wait_for(partial(was_restarted, console, word, name, killed))
    console.wait_for(lambda: console.sign_in_page() == http.client.OK)

    everything = console.family()
    assert console.stop() == 0
    assert [command for pid, command in everything.items() if is_running(pid)] == []
    assert console.sign_in_page() == 0
    # The worker reports at length that its connection broke when Valkey was killed.
    assert not re.search(r"^(web|assay) .*Traceback", console.text, re.MULTILINE)
