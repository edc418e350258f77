"""Cells of exports that spreadsheets leave as they are."""

from __future__ import annotations

import re

# The full-width signs too, which the East Asian editions of Excel take for the others.
_FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def escaped(cell: object) -> object:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def unescaped(cell: str) -> str:
    """Undo escaped()."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell
