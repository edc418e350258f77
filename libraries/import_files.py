"""Where the files of imports are until they have been read: in the store, in parts."""

from __future__ import annotations

import io
import uuid
from bisect import bisect_right
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PART_BYTES = 8 << 20
"""Browsers send large files in parts of this size; only the last may be smaller."""

_FOLDER = "imports"


def _part_name(job_id: uuid.UUID, number: int) -> str:
    return f"{_FOLDER}/{job_id}/part-{number:05}"


def write_part(job_id: uuid.UUID, number: int, content: bytes) -> None:
    """Keep a part of a job's file, counted from 0; one that is there already is replaced."""
    _write(_part_name(job_id, number), content)


def write_picture(job_id: uuid.UUID, number: int, content: bytes) -> str:
    """Keep a picture that was sent alone; return the name under which it is read."""
    name = f"{_FOLDER}/{job_id}/picture-{number:06}"
    _write(name, content)
    return name


def _write(name: str, content: bytes) -> None:
    default_storage.delete(name)
    default_storage.save(name, ContentFile(content))


def read_picture(name: str) -> bytes:
    """Return a picture that write_picture() kept; raise FileNotFoundError if it is gone."""
    with default_storage.open(name) as file:
        content: bytes = file.read()
    return content


def delete_picture(name: str) -> None:
    """Delete a picture, if it is still there."""
    default_storage.delete(name)


def delete_all(job_id: uuid.UUID) -> None:
    """Delete everything that was kept for a job."""
    folder = f"{_FOLDER}/{job_id}"
    with suppress(FileNotFoundError):
        for name in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{name}")
    with suppress(OSError):  # a store without folders, or one to which a file just came
        default_storage.delete(folder)


class PartedFile(io.RawIOBase):
    """A file that was sent in parts, read as if it were one."""

    def __init__(self, job_id: uuid.UUID, size_bytes: int) -> None:
        self._job_id = job_id
        self._size = size_bytes
        self._starts = list(range(0, max(size_bytes, 1), PART_BYTES))
        self._position = 0
        self._open: dict[int, IO[bytes]] = {}

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError("a place before the file begins")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        if self._position >= self._size or not view:
            return 0
        number = bisect_right(self._starts, self._position) - 1
        within = self._position - self._starts[number]
        part = self._part(number)
        part.seek(within)
        content = part.read(min(len(view), PART_BYTES - within))
        view[: len(content)] = content
        self._position += len(content)
        return len(content)

    def _part(self, number: int) -> IO[bytes]:
        if number not in self._open:
            self._close_parts()  # entries lie one after the other: one open part is enough
            self._open[number] = default_storage.open(_part_name(self._job_id, number))
        return self._open[number]

    def _close_parts(self) -> None:
        for file in self._open.values():
            file.close()
        self._open.clear()

    def close(self) -> None:
        self._close_parts()
        super().close()


def open_whole(job_id: uuid.UUID, size_bytes: int) -> io.BufferedReader:
    """Open the file of a job for reading."""
    return io.BufferedReader(PartedFile(job_id, size_bytes), 1 << 16)
