"""The lists of words that rules look for, one file for each category in data/lexicons.

A file names its category, source and licence, and has a table for each language with up to
four lists:

    strong      one such word is enough
    traded      counts beside another word of the category, or near words of trade
                ("for sale", 包邮) or a phone number or handle
    ambiguous   counts beside another word of the category
    safe        phrases in which the words that they overlap mean nothing ("casino royale")

A word has to stand alone in scripts with spaces and may stand anywhere in others. A final
"*" lets a word go on ("porn*"); a plural is found in any case; a space in a word may be
missing in the text; "(a|b)" stands for either.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

LEXICON_DIR = Path(__file__).parents[1] / "data" / "lexicons"
LANGUAGES = ("en", "zh")
_CHOICE = re.compile(r"[()]")


class Weight(StrEnum):
    """What one occurrence of a word is worth."""

    STRONG = "strong"
    TRADED = "traded"
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
    """The words of one category."""

    category: str
    source: str
    licence: str
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
        words=tuple(_words(document)),
    )


def _words(document: dict[str, Any]) -> Iterator[Word]:
    for language in LANGUAGES:
        lists = document.get(language, {})
        for weight in Weight:
            for entry in lists.get(weight, ()):
                for phrase in _alternatives(entry):
                    text = phrase.removesuffix("*")
                    yield Word(text, document["category"], language, weight, text != phrase)


def _alternatives(entry: str) -> Iterator[str]:
    """Yield "a c" and "b c" for "(a|b) c"."""
    pieces = [piece.split("|") for piece in _CHOICE.split(entry)]
    for chosen in itertools.product(*pieces):
        yield "".join(chosen)
