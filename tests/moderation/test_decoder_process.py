"""The process in which risky pictures are decoded: its limits, its death, its sharing."""

from __future__ import annotations

import os
import re
import signal
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from moderation.decoding.child import MAX_MEMORY_BYTES
from moderation.decoding.limits import ImageLimits
from moderation.decoding.process import DecoderPool, DecoderProcess
from moderation.errors import FormatNotSupported, ImageTooLarge
from tests import pictures
from tests.moderation.test_image_hostile import bmp_file

LIMITS = ImageLimits()


@pytest.fixture
def decoder():
    process = DecoderProcess()
    yield process
    process.close()


def gif(colour: str = "red", size: tuple[int, int] = (32, 24)) -> bytes:
    return pictures.encode(Image.new("RGB", size, colour), "GIF")


def slow_picture() -> bytes:
    """Return a bitmap that takes seconds: each run is one pixel, unpacked in Python."""
    return bmp_file(15_800, 15_800, b"\1\7" * (8 << 20) + b"\0\1")


class TestDecoderProcess:
    def test_one_process_decodes_picture_after_picture(self, decoder):
        first = decoder.decode(gif("red"), "GIF", LIMITS)
        process_id = decoder._process.pid
        second = decoder.decode(gif("blue"), "GIF", LIMITS)

        assert bytes(first.pixels[:3]) == b"\xff\0\0"
        assert bytes(second.pixels[:3]) == b"\0\0\xff"
        assert decoder._process.pid == process_id

    def test_it_goes_on_after_a_damaged_picture(self, decoder):
        with pytest.raises(FormatNotSupported):
            decoder.decode(b"GIF89a", "GIF", LIMITS)
        process_id = decoder._process.pid

        assert decoder.decode(gif(), "GIF", LIMITS).width == 32
        assert decoder._process.pid == process_id

    def test_it_is_started_again_after_it_died(self, decoder):
        decoder.decode(gif(), "GIF", LIMITS)
        os.kill(decoder._process.pid, signal.SIGKILL)
        decoder._process.wait()

        assert decoder.decode(gif(), "GIF", LIMITS).width == 32

    def test_a_picture_that_kills_it_is_refused_and_the_next_one_decoded(self, decoder):
        decoder.decode(gif(), "GIF", LIMITS)
        threading.Thread(target=kill_when_busy, args=(decoder._process.pid,)).start()

        with pytest.raises(FormatNotSupported, match="save it anew"):
            decoder.decode(slow_picture(), "BMP", LIMITS)
        assert decoder.decode(gif(), "GIF", LIMITS).width == 32

    def test_a_picture_that_takes_too_long_is_refused(self):
        decoder = DecoderProcess(max_wall_clock_s=0.5)

        with pytest.raises(FormatNotSupported, match="in time"):
            decoder.decode(slow_picture(), "BMP", LIMITS)
        assert decoder._process is None

    def test_limits_are_kept_there_too(self, decoder):
        with pytest.raises(ImageTooLarge, match="32 x 24"):
            decoder.decode(gif(), "GIF", ImageLimits(max_side_px=31))

    def test_a_progressive_jpeg_that_does_not_fit_is_refused(self, decoder):
        photo = pictures.photo("cat")
        content = pictures.encode(photo, "JPEG", progressive=True, subsampling=0)
        frame = content.index(b"\xff\xc2") + 5
        content = content[:frame] + struct.pack(">2H", 15_800, 15_800) + content[frame + 4 :]

        with pytest.raises(ImageTooLarge, match="memory"):
            decoder.decode(content, "JPEG", LIMITS)

    def test_the_kernel_limits_its_memory_and_time(self, decoder):
        decoder.decode(gif(), "GIF", LIMITS)

        limits = Path(f"/proc/{decoder._process.pid}/limits").read_text()

        assert re.search(rf"Max address space +{MAX_MEMORY_BYTES}", limits)
        assert re.search(r"Max cpu time +\d+ ", limits)

    def test_it_knows_no_secrets(self, decoder, monkeypatch):
        monkeypatch.setenv("SECRET_KEY", "very secret")
        decoder.decode(gif(), "GIF", LIMITS)

        environment = Path(f"/proc/{decoder._process.pid}/environ").read_bytes()

        assert b"very secret" not in environment

    def test_a_forked_process_starts_its_own(self, decoder):
        decoder.decode(gif(), "GIF", LIMITS)
        parents = decoder._process
        decoder._owner = os.getppid()  # as if this process had been forked from that one

        assert decoder.decode(gif(), "GIF", LIMITS).width == 32
        assert decoder._process.pid != parents.pid
        parents.wait()  # its pipes were closed here, which ends it


class TestDecoderPool:
    def test_a_second_process_is_started_only_when_needed(self):
        pool = DecoderPool(processes=2)

        for _ in range(3):
            pool.decode(gif(), "GIF", LIMITS)

        assert sum(process._process is not None for process in pool._all) == 1
        pool.close()

    def test_threads_get_their_own_pictures(self):
        pool = DecoderPool(processes=2)
        sizes = [(width, 10) for width in range(20, 60)]

        def decode(size: tuple[int, int]) -> tuple[int, int]:
            picture = pool.decode(gif(size=size), "GIF", LIMITS)
            return picture.width, picture.height

        with ThreadPoolExecutor(6) as threads:
            assert list(threads.map(decode, sizes)) == sizes
        pool.close()


def kill_when_busy(process_id: int) -> None:
    """Kill a process once it has read some megabytes, which is when it decodes."""
    status = Path(f"/proc/{process_id}/io")
    while int(re.findall(r"rchar: (\d+)", status.read_text())[0]) < 16 << 20:
        time.sleep(0.01)
    os.kill(process_id, signal.SIGKILL)
