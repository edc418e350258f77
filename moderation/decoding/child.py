"""The decoder process: decodes one picture after the other, under limits of memory and time.

It is started by moderation.decoding.process and talks over its standard streams: a line of
JSON, then the bytes that the line announces; in both directions.
"""

from __future__ import annotations

import contextlib
import json
import math
import resource
import sys
from typing import Any, BinaryIO

from moderation.decoding import by_pillow
from moderation.decoding.limits import ImageLimits
from moderation.decoding.picture import DecodedPicture
from moderation.errors import FormatNotSupported, ImageTooLarge

MAX_MEMORY_BYTES = 1000 * 1024 * 1024
MAX_CPU_S = 10
MAX_DRAWING_CPU_S = 3  # of an SVG, in which a few lines may draw without end
_BY_PILLOW = {"JPEG", "GIF", "BMP", "ICO", "HEIF", "AVIF"}


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    while line := requests.readline():
        request = json.loads(line)
        content = requests.read(request["size_bytes"])
        _grant_cpu_time(MAX_DRAWING_CPU_S if request["format"] == "SVG" else MAX_CPU_S)
        answer, pixels = _answer(content, request["format"], ImageLimits(**request["limits"]))
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.write(pixels)
        answers.flush()


def decode(content: bytes, image_format: str, limits: ImageLimits) -> DecodedPicture:
    """Decode one picture of any accepted format."""
    if image_format == "ICO":
        content = by_pillow.last_of_ico(content)
        image_format = "PNG" if content.startswith(b"\x89PNG") else "ICO"
    is_rare_tiff = image_format == "TIFF" and by_pillow.is_tiff_for_pillow(content)
    if image_format in _BY_PILLOW or is_rare_tiff:
        return by_pillow.decode(content, image_format, limits)
    from moderation.decoding import by_vips  # noqa: PLC0415 - 50 ms that others need not wait for

    return by_vips.decode(content, image_format, limits)


def _answer(
    content: bytes, image_format: str, limits: ImageLimits
) -> tuple[dict[str, Any], bytes | memoryview]:
    try:
        picture = decode(content, image_format, limits)
    except (ImageTooLarge, FormatNotSupported) as error:
        return {"error": type(error).__name__, "text": str(error)}, b""
    except MemoryError:
        return {"error": "MemoryError"}, b""
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes a decoder raise
        is_memory = "out of memory" in str(error).lower()
        return {"error": "MemoryError" if is_memory else "damaged"}, b""
    sizes = [picture.width, picture.height, picture.working_width, picture.working_height]
    return {"sizes": sizes, "orientation": picture.orientation}, picture.pixels


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # macOS has the limit and does not keep it
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


def _grant_cpu_time(granted_s: int) -> None:
    """Let the kernel end this process if the next picture takes too long.

    The parent has a clock of its own; this one is for the case that the parent died.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(usage.ru_utime + usage.ru_stime) + granted_s
    _, hard_limit = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard_limit))


if __name__ == "__main__":
    _limit_memory()
    serve(sys.stdin.buffer, sys.stdout.buffer)
