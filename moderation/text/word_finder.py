"""Finds the words of all lexicons in lines of text, in one pass."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from daachorse import CharwiseDoubleArrayAhoCorasick

from moderation.text import normalise
from moderation.text.lexicons import Weight, Word, lexicons
from moderation.text.scripts import is_unspaced, is_word_character, stands_alone

_PLURAL = re.compile(r"e?s(?![^\W_])")
_MIN_PLURAL_LENGTH = 3
_MIN_LENGTH_ACROSS_LINES = 4


@dataclass(frozen=True, slots=True)
class FoundWord:
    """A word of a lexicon in the text; found is how it stands there, line the line it begins in."""

    word: Word
    found: str
    line: int


@dataclass(frozen=True, slots=True)
class _Occurrence:
    word: Word
    start: int
    end: int


class JoinedText:
    """Lines joined to one text, with the way back from a position to its line."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._starts: list[int] = []
        self.text = ""
        for line in lines:
            self.text += _glue(self.text, line)
            self._starts.append(len(self.text))
            self.text += line

    def line_of(self, position: int) -> int:
        """Return the number of the line that a position of the text lies in."""
        return max(bisect_right(self._starts, position) - 1, 0)


def _glue(left: str, right: str) -> str:
    """Return what stands between two lines: nothing between Chinese ones, else a space."""
    if not left or (right and is_unspaced(left[-1]) and is_unspaced(right[0])):
        return ""
    return " "


def find_words(lines: Sequence[str]) -> list[FoundWord]:
    """Find all words, strong and ambiguous, that no safe phrase takes the meaning from.

    lines: tidy; see normalise.tidy(). A word may be wrapped over two lines if it is long
    enough not to arise there by chance.
    """
    found: dict[FoundWord, None] = {}
    for view in _views(lines):
        joined = JoinedText(view)
        for occurrence in _without_safe(list(_occurrences(joined.text))):
            first = joined.line_of(occurrence.start)
            wrapped = joined.line_of(occurrence.end - 1) != first
            if wrapped and occurrence.end - occurrence.start < _MIN_LENGTH_ACROSS_LINES:
                continue
            words = joined.text[occurrence.start : occurrence.end]
            found[FoundWord(occurrence.word, words, first)] = None
    return list(found)


def _views(lines: Sequence[str]) -> set[tuple[str, ...]]:
    """Return the different ways in which the lines can be read."""
    spaced = [normalise.with_spaces(line) for line in lines]
    return {
        tuple(normalise.squeezed(line) for line in spaced),
        tuple(normalise.with_spaces(normalise.without_leet(line)) for line in lines),
        tuple(normalise.without_gaps(line) for line in lines),
    }


def _occurrences(text: str) -> Iterable[_Occurrence]:
    words, automaton = _automaton()
    for start, end, number in automaton.find_overlapping(text):
        for word in words[number]:
            if _fits(word, text, start, end):
                yield _Occurrence(word, start, end)


def _fits(word: Word, text: str, start: int, end: int) -> bool:
    if stands_alone(text, start, end):
        return True
    if start > 0 and is_word_character(text[start - 1]) and is_word_character(text[start]):
        return False
    if word.goes_on:
        return True
    return end - start >= _MIN_PLURAL_LENGTH and _PLURAL.match(text, end) is not None


def _without_safe(found: Sequence[_Occurrence]) -> Iterable[_Occurrence]:
    safe = [occurrence for occurrence in found if occurrence.word.weight is Weight.SAFE]
    for occurrence in found:
        if occurrence.word.weight is not Weight.SAFE and not any(
            _takes_meaning(phrase, occurrence) for phrase in safe
        ):
            yield occurrence


def _takes_meaning(phrase: _Occurrence, word: _Occurrence) -> bool:
    """Say whether a safe phrase overlaps a word of its category that does not contain it."""
    overlaps = phrase.start < word.end and word.start < phrase.end
    contained = word.start <= phrase.start and phrase.end <= word.end
    return overlaps and not contained and phrase.word.category == word.word.category


@cache
def _automaton() -> tuple[list[list[Word]], CharwiseDoubleArrayAhoCorasick]:
    owners: dict[str, list[Word]] = {}
    for lexicon in lexicons():
        for word in lexicon.words:
            for pattern in _spellings(normalise.with_spaces(normalise.tidy(word.text))):
                owners.setdefault(pattern, []).append(word)
    return list(owners.values()), CharwiseDoubleArrayAhoCorasick(list(owners))


def _spellings(phrase: str) -> set[str]:
    """Return the phrase, and as it looks if the text reader misses one of its spaces or all."""
    pieces = phrase.split(" ")
    one_missing = {
        " ".join([*pieces[: place - 1], pieces[place - 1] + pieces[place], *pieces[place + 1 :]])
        for place in range(1, len(pieces))
    }
    return {phrase, "".join(pieces), *one_missing}
