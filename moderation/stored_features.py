"""Local features of many samples, on disk."""

from __future__ import annotations

import os
import tempfile
import weakref
from array import array
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING

from moderation.lazy import once
from moderation.local_features import LocalFeatures

if TYPE_CHECKING:
    from pathlib import Path


class StoredFeatures:
    """What local_features() returned for each of many pictures, numbered from 0.

    directory: where the file is made, which has no name; None for the system's place.
    """

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._starts = array("q", [0])

    @once
    def _file(self) -> IO[bytes]:
        file = tempfile.TemporaryFile(dir=self._directory)  # noqa: SIM115 - closed with the object
        weakref.finalize(self, file.close)
        return file

    def __len__(self) -> int:
        return len(self._starts) - 1

    def append(self, contents: Iterable[bytes]) -> None:
        """Add pictures; only while no other thread reads."""
        for content in contents:
            self._starts.append(self._starts[-1] + self._file.write(content))
        if len(self):
            self._file.flush()

    def content(self, number: int) -> bytes:
        """Return the bytes of one picture."""
        start, end = self._starts[number : number + 2]
        return os.pread(self._file.fileno(), end - start, start)

    def read(self, number: int) -> LocalFeatures:
        """Return the features of one picture."""
        return LocalFeatures.from_bytes(self.content(number))
