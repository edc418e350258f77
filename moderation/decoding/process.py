"""Decoder processes as seen from the process that uses them."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from moderation.decoding.limits import WORKING_SIDE_PX, ImageLimits
from moderation.decoding.picture import DecodedPicture
from moderation.errors import FormatNotSupported, ImageTooLarge

if TYPE_CHECKING:
    from io import BufferedReader, BufferedWriter

    from moderation.errors import ModerationError

MAX_WALL_CLOCK_S = 15.0
PROCESSES = 2
_ROOT = Path(__file__).parents[2]
_MAX_LINE_BYTES = 4096
_ERRORS = {"ImageTooLarge": ImageTooLarge, "FormatNotSupported": FormatNotSupported}


class DecoderProcess:
    """One decoder process, started on first use and again after it was ended.

    Not for two threads at once.
    """

    def __init__(self, max_wall_clock_s: float = MAX_WALL_CLOCK_S) -> None:
        self._max_wall_clock_s = max_wall_clock_s
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def decode(self, content: bytes, image_format: str, limits: ImageLimits) -> DecodedPicture:
        """Decode one picture.

        Raises ImageTooLarge or FormatNotSupported, also if the decoder crashes or hangs.
        """
        process = self._running()
        alarm = threading.Timer(self._max_wall_clock_s, process.kill)
        alarm.start()
        try:
            _send(process, content, image_format, limits)
            return _receive(process)
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            self.close()
            raise FormatNotSupported(
                "The picture cannot be decoded, or not in time; save it anew as JPEG or PNG."
            ) from error
        finally:
            alarm.cancel()

    def close(self) -> None:
        """End the process; the next decode() starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        if self._owner == os.getpid():  # otherwise forked, and the process is the parent's
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):  # what was not sent cannot be sent any more
                cast("BinaryIO", stream).close()

    def _running(self) -> subprocess.Popen[bytes]:
        process = self._process
        if process is None or self._owner != os.getpid() or process.poll() is not None:
            self.close()
            process = self._process = _start()
            self._owner = os.getpid()
        return process


class DecoderPool:
    """A few decoder processes, shared by all threads; a second starts only if one is busy."""

    def __init__(self, processes: int = PROCESSES) -> None:
        self._idle: queue.LifoQueue[DecoderProcess] = queue.LifoQueue()
        self._all = [DecoderProcess() for _ in range(processes)]
        for process in self._all:
            self._idle.put(process)
        atexit.register(self.close)

    def decode(self, content: bytes, image_format: str, limits: ImageLimits) -> DecodedPicture:
        """Decode one picture in the next process that is free; see DecoderProcess.decode()."""
        process = self._idle.get()
        try:
            return process.decode(content, image_format, limits)
        finally:
            self._idle.put(process)

    def close(self) -> None:
        """End all processes; to be called when no picture is being decoded."""
        for process in self._all:
            process.close()


def _start() -> subprocess.Popen[bytes]:
    environment = {
        "PYTHONPATH": str(_ROOT),
        "HOME": os.environ.get("HOME", "/"),  # of the font cache
        "MALLOC_ARENA_MAX": "2",
        "VIPS_CONCURRENCY": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-P", "-W", "ignore", "-m", "moderation.decoding.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


def _send(
    process: subprocess.Popen[bytes], content: bytes, image_format: str, limits: ImageLimits
) -> None:
    request = {"format": image_format, "size_bytes": len(content), "limits": asdict(limits)}
    requests = cast("BufferedWriter", process.stdin)
    requests.write(json.dumps(request).encode() + b"\n")
    requests.write(content)
    requests.flush()


def _receive(process: subprocess.Popen[bytes]) -> DecodedPicture:
    answers = cast("BufferedReader", process.stdout)
    line = answers.readline(_MAX_LINE_BYTES)
    if not line:
        raise EOFError
    answer: dict[str, Any] = json.loads(line)
    if "error" in answer:
        raise _error(answer)
    width, height, working_width, working_height = answer["sizes"]
    if not 0 < max(working_width, working_height) <= WORKING_SIDE_PX:
        raise ValueError(answer)
    pixels = bytearray(working_width * working_height * 3)
    if answers.readinto(pixels) < len(pixels):
        raise EOFError
    return DecodedPicture(
        width, height, working_width, working_height, answer["orientation"], memoryview(pixels)
    )


def _error(answer: dict[str, Any]) -> ModerationError:
    if answer["error"] in _ERRORS:
        return _ERRORS[answer["error"]](answer["text"])
    if answer["error"] == "MemoryError":
        return ImageTooLarge(
            "The picture needs too much memory to decode; make it smaller, or save it as a "
            "JPEG or PNG that is neither progressive nor interlaced."
        )
    return FormatNotSupported("The file is damaged and cannot be decoded; save the picture anew.")
