"""Keeps programs running until it is told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TextIO

from console.serving import guardian
from console.serving.programs import Program

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 30.0
STEADY_S = 20.0  # a program that ran this long is restarted without delay
TRIES_UNTIL_READY = 3
PATIENCE_S = 30.0
POLL_S = 0.1
_writing = threading.Lock()


class ProgramFailed(Exception):
    """A program that others wait for ended again and again."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The program {name!r} does not start; its last lines say why.")


class Supervisor:
    """Starts programs in order, restarts those that end, and stops all of them.

    announce: called once everything has been started.
    lock: a file that stays open until the last program has ended, even if this process is
    killed.
    """

    def __init__(
        self, programs: Sequence[Program], environment: dict[str, str], lock: TextIO
    ) -> None:
        self._guardian = _Guardian(lock)
        self._runs = [_Run(program, environment, self._guardian) for program in programs]
        self._started: list[_Run] = []
        self._stopping = threading.Event()

    def stop(self, *_: object) -> None:
        """Make run() end; fit to be a signal handler."""
        self._stopping.set()

    def run(self, announce: Callable[[], None]) -> None:
        """Run until stop() is called.

        Raises ProgramFailed if a program ends several times before it is ready.
        """
        try:
            self._start_all()
            if not self._stopping.is_set():
                announce()
            while not self._stopping.wait(POLL_S):
                self._restart_ended()
        finally:
            self._stop_all()

    def _start_all(self) -> None:
        for run in self._runs:
            run.start()
            self._started.append(run)
            self._wait_until_ready(run)

    def _wait_until_ready(self, run: _Run) -> None:
        is_ready = run.program.is_ready
        hint_at = time.monotonic() + PATIENCE_S
        while is_ready is not None and not is_ready() and not self._stopping.wait(POLL_S):
            self._restart_ended()
            if run.failures >= TRIES_UNTIL_READY:
                raise ProgramFailed(run.program.name)
            if time.monotonic() > hint_at:
                hint_at += PATIENCE_S
                say(f"{run.program.name} is not ready yet; if its lines tell of errors, mend them")

    def _restart_ended(self) -> None:
        self._guardian.keep_alive([run.group for run in self._started if run.group])
        for run in self._started:
            run.restart_if_ended()

    def _stop_all(self) -> None:
        """Stop all but the first at once, then the first, which the others may still need."""
        others, first = self._started[1:], self._started[:1]
        for runs in (others, first):
            for run in runs:
                run.ask_to_stop()
            for run in runs:
                run.wait_for_end()
        self._guardian.dismiss()


class _Run:
    """One program as it runs, again and again."""

    def __init__(self, program: Program, environment: dict[str, str], guardian_: _Guardian) -> None:
        self.program = program
        self.failures = 0
        self.group: int | None = None
        self._environment = environment
        self._guardian = guardian_
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = self._restart_at = 0.0

    def start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the command is ours
            self.program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._environment,
            process_group=0,  # Ctrl-C reaches the supervisor alone
        )
        self.group = self._process.pid
        self._guardian.watch(self.group)
        self._started_at = time.monotonic()
        forward = threading.Thread(
            target=_forward, args=(self._process.stdout, self.program.name), daemon=True
        )
        forward.start()

    def restart_if_ended(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            self._note_end(self._process.returncode)
        if self._process is None and time.monotonic() >= self._restart_at:
            self.start()

    def _note_end(self, code: int) -> None:
        self._sweep()
        if time.monotonic() - self._started_at > STEADY_S:
            self.failures = 0
        delay = min(FIRST_DELAY_S * 4**self.failures, LONGEST_DELAY_S)
        self.failures += 1
        self._restart_at = time.monotonic() + delay
        say(f"{self.program.name} ended ({_reason(code)}); starting it again")

    def ask_to_stop(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.terminate()

    def wait_for_end(self) -> None:
        if self._process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(self.program.grace_s)
        self._sweep()

    def _sweep(self) -> None:
        """End what the program has started itself and left behind, and the program."""
        if self._process is None or self.group is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.group, signal.SIGKILL)
        self._process.wait()
        self._guardian.forget(self.group)
        self._process = self.group = None


class _Guardian:
    """A process that ends the programs if this one is killed."""

    def __init__(self, lock: TextIO) -> None:
        self._lock = lock
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - the command is ours
            [sys.executable, "-I", "-S", str(Path(guardian.__file__))],
            stdin=subprocess.PIPE,
            text=True,
            bufsize=1,
            pass_fds=[self._lock.fileno()],
            process_group=0,
        )

    def keep_alive(self, groups: Sequence[int]) -> None:
        """Start the guardian again if it has ended, with the groups to watch."""
        if self._process.poll() is not None:
            self._process = self._start()
            for group in groups:
                self.watch(group)

    def watch(self, group: int) -> None:
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        self._tell(f"-{group}\n")

    def dismiss(self) -> None:
        """Let it end; there is nothing left to watch."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):  # it has ended; keep_alive() starts another one
                self._process.stdin.write(line)


def say(line: str) -> None:
    """Print a line of the supervisor's own."""
    _print("assay", line.encode())


def _forward(lines: IO[bytes], name: str) -> None:
    """Print what a program says, each line under its name."""
    for line in lines:
        _print(name, line.rstrip(b"\n"))


def _print(name: str, line: bytes) -> None:
    with _writing, suppress(OSError):  # the terminal may be gone; the programs go on
        sys.stdout.buffer.write(f"{name:<7}| ".encode() + line + b"\n")
        sys.stdout.buffer.flush()


def _reason(code: int) -> str:
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"
