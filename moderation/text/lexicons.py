"""The lists of words that rules look for, one file for each category in data/lexicons.

A file names its category, source and licence, and has a table for each language with up to
three lists:

    strong      one such word is enough
    ambiguous   counts only beside another word of the category; if the file says
                "sold = true", a word of trade ("for sale", 包邮) or a contact is enough
    safe        phrases in which the words they overlap mean nothing ("casino royale")

A word has to stand alone in scripts with spaces and may stand anywhere in others. A final
"*" lets a word go on ("porn*"); a plural is found in any case; a space in a word may be
missing in the text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

LEXICON_DIR = Path(__file__).parents[1] / "data" / "lexicons"
LANGUAGES = ("en", "zh")


class Weight(StrEnum):
    """What one occurrence of a word is worth."""

    STRONG = "strong"
    AMBIGUOUS = "ambiguous"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class Word:
    """One entry of a lexicon; goes_on says whether letters may follow."""

    text: str
    category: str
    language: str
    weight: Weight
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one category; sold says whether words of trade support ambiguous ones."""

    category: str
    source: str
    licence: str
    sold: bool
    words: tuple[Word, ...]


@cache
def lexicons() -> tuple[Lexicon, ...]:
    """Return all lexicons, by category."""
    return tuple(_read(path) for path in sorted(LEXICON_DIR.glob("*.toml")))


def _read(path: Path) -> Lexicon:
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return Lexicon(
        category=document["category"],
        source=document["source"],
        licence=document["licence"],
        sold=document.get("sold", False),
        words=tuple(_words(document)),
    )


def _words(document: dict[str, Any]) -> Iterator[Word]:
    for language in LANGUAGES:
        lists = document.get(language, {})
        for weight in Weight:
            for entry in lists.get(weight, ()):
                text = entry.removesuffix("*")
                yield Word(text, document["category"], language, weight, text != entry)
