"""Compiling the translations, so that no gettext has to be installed."""

from __future__ import annotations

import os
from pathlib import Path

import polib
from django.conf import settings


def compile_messages() -> list[Path]:
    """Write a .mo file beside each .po file that is newer; return what was written."""
    sources = sorted(po for path in settings.LOCALE_PATHS for po in Path(path).glob("*/*/*.po"))
    stale = [po for po in sources if _is_stale(po)]
    for po in stale:
        # Written aside and renamed: another process may be reading the old file.
        aside = po.with_suffix(f".{os.getpid()}.mo")
        polib.pofile(str(po)).save_as_mofile(str(aside))
        aside.replace(po.with_suffix(".mo"))
    return [po.with_suffix(".mo") for po in stale]


def _is_stale(po: Path) -> bool:
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime
