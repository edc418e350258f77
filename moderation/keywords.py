"""Finds the keywords of many vocabularies in one pass over a text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Self

from daachorse import CharwiseDoubleArrayAhoCorasick

from moderation.detection import TextLine
from moderation.match import KeywordMatch
from moderation.text.folding import FoldedText, fold
from moderation.text.scripts import is_word_character, stands_alone


@dataclass(frozen=True, slots=True)
class _Occurrence:
    """One keyword at one place; start and end count characters of the folded text."""

    start: int
    end: int
    vocabulary_id: int
    keyword: str


class KeywordIndex:
    """All keywords of an account's vocabularies; never changed, only replaced.

    Case and Unicode's compatibility forms do not matter. A keyword has to stand as whole
    words in scripts with spaces, and may stand anywhere in those without.
    """

    def __init__(self, owners_by_pattern: dict[str, list[tuple[int, str]]]) -> None:
        self._owners = list(owners_by_pattern.values())
        self._automaton = (
            CharwiseDoubleArrayAhoCorasick(list(owners_by_pattern)) if owners_by_pattern else None
        )

    @classmethod
    def build(cls, entries: Iterable[tuple[int, str]]) -> Self:
        """Index pairs of vocabulary id and keyword; empty keywords are left out."""
        owners: dict[str, list[tuple[int, str]]] = {}
        for vocabulary_id, keyword in entries:
            pattern = fold(keyword).text.strip()
            if pattern:
                owners.setdefault(pattern, []).append((vocabulary_id, keyword))
        return cls(owners)

    @classmethod
    def empty(cls) -> Self:
        """Return an index without keywords."""
        return cls({})

    def find(
        self, lines: Sequence[TextLine], vocabulary_ids: AbstractSet[int]
    ) -> tuple[KeywordMatch, ...]:
        """Return each keyword of these vocabularies once for each line that it occurs in."""
        if self._automaton is None or not vocabulary_ids:
            return ()
        matches: dict[KeywordMatch, None] = {}
        for line in lines:
            for found in self._occurrences(fold(line.text), vocabulary_ids):
                match = KeywordMatch(found.vocabulary_id, found.keyword, line.text, line.box)
                matches[match] = None
        return tuple(matches)

    def cut(self, text: str, vocabulary_ids: AbstractSet[int]) -> str:
        """Return the text without the keywords of these vocabularies.

        Where keywords overlap, the leftmost goes first, and of those the longest. The spaces
        that remain are tidied; the rest is as it was written.
        """
        if self._automaton is None or not vocabulary_ids:
            return text
        folded = fold(text)
        found = self._occurrences(folded, vocabulary_ids)
        return _without(text, _original_spans(folded, found))

    def _occurrences(
        self, folded: FoldedText, vocabulary_ids: AbstractSet[int]
    ) -> list[_Occurrence]:
        if self._automaton is None:
            return []
        return [
            _Occurrence(start, end, vocabulary_id, keyword)
            for start, end, number in self._automaton.find_overlapping(folded.text)
            if stands_alone(folded.text, start, end)
            for vocabulary_id, keyword in self._owners[number]
            if vocabulary_id in vocabulary_ids
        ]


def _original_spans(folded: FoldedText, found: Iterable[_Occurrence]) -> list[tuple[int, int]]:
    """Return which parts of the original to cut, from left to right, none overlapping."""
    spans: list[tuple[int, int]] = []
    free_from = 0
    for occurrence in sorted(found, key=lambda found: (found.start, -found.end)):
        if occurrence.start >= free_from:
            spans.append(folded.original_span(occurrence.start, occurrence.end))
            free_from = occurrence.end
    return spans


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    if not spans:
        return text
    starts = [0, *(end for _, end in spans)]
    ends = [*(start for start, _ in spans), len(text)]
    kept = ""
    for start, end in zip(starts, ends, strict=True):
        kept = _join(kept, text[start:end])
    return kept.rstrip() if spans[-1][1] == len(text) else kept


def _join(left: str, right: str) -> str:
    """Put two pieces together with one space where there were two, and none at the start."""
    if not left or left[-1].isspace():
        return left + right.lstrip()
    if right and is_word_character(left[-1]) and is_word_character(right[0]):
        return f"{left} {right}"  # or two words would become one
    return left + right
