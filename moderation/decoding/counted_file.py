"""A file in memory that ends the patience of parsers written in Python."""

from __future__ import annotations

import io

from moderation.errors import FormatNotSupported


class CountedFile(io.BytesIO):
    """Can be read only so often, so that a file of countless tiny parts costs no time."""

    def __init__(self, content: bytes, *, max_reads: int) -> None:
        super().__init__(content)
        self._reads_left = max_reads

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as usual; raise FormatNotSupported if that was done too often."""
        self._reads_left -= 1
        if self._reads_left < 0:
            raise FormatNotSupported("The file has too many parts; save the picture anew.")
        return super().read(size)
