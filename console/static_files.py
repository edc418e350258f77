"""Static files that installed packages bring, and how all of them are stored."""

from __future__ import annotations

import builtins
import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import brotli
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

_PLOTLY_FILE, _PLOTLY_PREFIX = "plotly.min.js", "vendor/plotly"
_LARGE_BYTES = 2**20
_LARGE_QUALITY, _BEST_QUALITY = 9, 11


class _PackageStorage(FileSystemStorage):
    prefix = _PLOTLY_PREFIX


class PlotlyFinder(BaseFinder):
    """Finds vendor/plotly/plotly.min.js, and nothing else of that package.

    The package is not imported, which would take time and memory.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        spec = importlib.util.find_spec("plotly")
        folders = (spec and spec.submodule_search_locations) or [""]
        self.storage = _PackageStorage(Path(folders[0]) / "package_data")

    def check(self, **kwargs: Any) -> builtins.list[Any]:
        """Find nothing to complain of: the package is a requirement."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - as Django calls it
        """Return where the file lies, if it is the one."""
        if path != f"{_PLOTLY_PREFIX}/{_PLOTLY_FILE}":
            return []
        found = self.storage.path(_PLOTLY_FILE)
        return [found] if find_all else found

    def list(
        self, ignore_patterns: Iterable[str] | None
    ) -> Iterator[tuple[str, FileSystemStorage]]:
        """Yield the file."""
        yield _PLOTLY_FILE, self.storage


class _QuickCompressor(Compressor):  # type: ignore[misc]  # has no types
    """Takes half a second for Plotly instead of ten, for a tenth more bytes."""

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        """Compress large files a little less."""
        quality = _LARGE_QUALITY if len(data) >= _LARGE_BYTES else _BEST_QUALITY
        return bytes(brotli.compress(data, quality=quality))


class CompressedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # has no types
    """Static files with hashed names, compressed when they are collected."""

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """Return what compresses them."""
        return _QuickCompressor(**kwargs)
