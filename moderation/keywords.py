"""Finds the keywords of many vocabularies in one pass over a text."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Self

from daachorse import CharwiseDoubleArrayAhoCorasick

from moderation.detection import TextLine
from moderation.match import KeywordMatch
from moderation.text.folding import folded_text, original_spans
from moderation.text.scripts import is_word_character

Keyword = tuple[int, str]
"""The id of a vocabulary, and a keyword as it was entered."""

_FOLD_CHANGES = 512
_CHUNK_KEYWORDS = 1000  # the interpreter's lock is given up after so many


_Hit = tuple[int, int, int]
"""Start and end in the folded text, and the number of the pattern that the letters there are."""

_Occurrence = tuple[int, int, Keyword]
"""Start and end in the folded text, and the keyword that stands there."""

_WORD_AT_START, _WORD_AT_END = 1, 2


class _Patterns:
    """Keywords by their folded form, with the automaton that finds all of them at once."""

    def __init__(self, owners_by_pattern: Mapping[str, tuple[Keyword, ...]]) -> None:
        self.owners_by_pattern = owners_by_pattern
        self._owners = tuple(owners_by_pattern.values())
        self._edges = bytes(map(_edges, owners_by_pattern))
        self._automaton = (
            CharwiseDoubleArrayAhoCorasick(list(owners_by_pattern)) if owners_by_pattern else None
        )

    def hits(self, text: str) -> list[_Hit]:
        """Return where the letters of keywords are in a folded text, as words or not."""
        return self._automaton.find_overlapping(text) if self._automaton else []

    def occurrences(
        self,
        text: str,
        hits: Sequence[_Hit],
        vocabulary_ids: AbstractSet[int],
        removed: AbstractSet[Keyword],
    ) -> list[_Occurrence]:
        """Return where keywords of these vocabularies stand as words, of all the hits in a text."""
        owners, edges = self._owners, self._edges
        return [
            (start, end, entry)
            for start, end, number in hits
            for entry in owners[number]
            if entry[0] in vocabulary_ids
            and entry not in removed
            and (not edges[number] or _stands_alone(text, start, end, edges[number]))
        ]


def _edges(pattern: str) -> int:
    """Say which ends of a pattern may not touch a further letter; see scripts.stands_alone()."""
    starts, ends = is_word_character(pattern[0]), is_word_character(pattern[-1])
    return starts * _WORD_AT_START | ends * _WORD_AT_END


def _stands_alone(text: str, start: int, end: int, edges: int) -> bool:
    if edges & _WORD_AT_START and start > 0 and is_word_character(text[start - 1]):
        return False
    return not (edges & _WORD_AT_END and end < len(text) and is_word_character(text[end]))


class KeywordIndex:
    """All keywords of an account's vocabularies; never changed, only replaced.

    Case and Unicode's compatibility forms do not matter. A keyword has to stand as whole
    words in scripts with spaces, and may stand anywhere in those without.

    Recent keywords have a small automaton beside the large one, so that a change costs little;
    folded() makes one of both and forgets what was removed.
    """

    def __init__(
        self,
        base: _Patterns,
        recent: Mapping[Keyword, str] | None = None,
        removed: AbstractSet[Keyword] = frozenset(),
    ) -> None:
        self._base = base
        self._recent = recent or {}
        self._removed = removed
        self._recent_patterns = _Patterns(_by_pattern(self._recent.items()))

    @classmethod
    def build(cls, entries: Iterable[Keyword]) -> Self:
        """Index pairs of vocabulary id and keyword; empty keywords are left out."""
        patterns = ((entry, _pattern(entry[1])) for entry in entries)
        return cls(_Patterns(_by_pattern(patterns)))

    @classmethod
    def empty(cls) -> Self:
        """Return an index without keywords."""
        return cls.build(())

    def changed(self, added: Iterable[Keyword], removed: Iterable[Keyword]) -> Self:
        """Return an index with keywords more and keywords less; this one remains as it is.

        Pairs of vocabulary id and keyword. One that is both removed and added is there.
        """
        new, gone = dict.fromkeys(added), set(removed)
        recent = {entry: form for entry, form in self._recent.items() if entry not in gone}
        recent |= {entry: _pattern(entry[1]) for entry in new if not self._base_has(entry)}
        removed_now = self._removed | {entry for entry in gone if self._base_has(entry)}
        return type(self)(self._base, recent, removed_now - new.keys())

    def _base_has(self, entry: Keyword) -> bool:
        return entry in self._base.owners_by_pattern.get(_pattern(entry[1]), ())

    @property
    def needs_folding(self) -> bool:
        """Say whether so much has changed that folded() is worth its cost."""
        return len(self._recent) + len(self._removed) >= _FOLD_CHANGES

    def folded(self) -> Self:
        """Return an index with the same keywords in one automaton.

        Meant for a thread beside those that match: it takes a fraction of a second, and hardly
        ever keeps the interpreter's lock.
        """
        owners = dict(self._base.owners_by_pattern)
        for entry in self._removed:
            pattern = _pattern(entry[1])
            owners[pattern] = tuple(other for other in owners[pattern] if other != entry)
            if not owners[pattern]:
                del owners[pattern]
        for pattern, recent in self._recent_patterns.owners_by_pattern.items():
            owners[pattern] = (*owners.get(pattern, ()), *recent)
        return type(self)(_Patterns(owners))

    def search(self, ignored_ids: AbstractSet[int], flagged_ids: AbstractSet[int]) -> KeywordSearch:
        """Begin to read the text of one picture."""
        return KeywordSearch(self, ignored_ids, flagged_ids)

    def find(
        self, lines: Sequence[TextLine], vocabulary_ids: AbstractSet[int]
    ) -> tuple[KeywordMatch, ...]:
        """Return each keyword of these vocabularies once for each line that it occurs in."""
        return self.search(frozenset(), vocabulary_ids).find(lines)

    def cut(self, text: str, vocabulary_ids: AbstractSet[int]) -> str:
        """Return the text without the keywords of these vocabularies; see KeywordSearch."""
        return self.search(vocabulary_ids, frozenset()).cut(text)

    def hits(self, folded: str) -> _Hits:
        """Return where the letters of keywords are, of whichever vocabulary."""
        return self._base.hits(folded), self._recent_patterns.hits(folded) if self._recent else []

    def occurrences(
        self, folded: str, hits: _Hits, vocabulary_ids: AbstractSet[int]
    ) -> list[_Occurrence]:
        """Return where the keywords of these vocabularies stand, from left to right."""
        in_base, in_recent = hits
        found = self._base.occurrences(folded, in_base, vocabulary_ids, self._removed)
        if in_recent:
            recent = self._recent_patterns
            found += recent.occurrences(folded, in_recent, vocabulary_ids, self._removed)
        return sorted(found)


_Hits = tuple[list[_Hit], list[_Hit]]
"""Those of the large automaton, and those of the recent keywords' own."""


class KeywordSearch:
    """The ignored and the flagged keywords in the text of one picture.

    A text of which cut() leaves all is not read again by find().
    """

    def __init__(
        self, index: KeywordIndex, ignored_ids: AbstractSet[int], flagged_ids: AbstractSet[int]
    ) -> None:
        self._index = index
        self._ignored_ids = ignored_ids
        self._flagged_ids = flagged_ids
        self._read: dict[str, tuple[str, _Hits]] = {}

    def cut(self, text: str) -> str:
        """Return the text without ignored keywords.

        Where keywords overlap, the leftmost goes first, and of those the longest. The spaces
        that remain are tidied; the rest is as it was written.
        """
        if not self._ignored_ids:
            return text
        folded, hits = self._hits(text)
        found = self._index.occurrences(folded, hits, self._ignored_ids)
        if found:
            return _without(text, original_spans(text, _leftmost_longest(found)))
        self._read[text] = folded, hits
        return text

    def find(self, lines: Sequence[TextLine]) -> tuple[KeywordMatch, ...]:
        """Return each flagged keyword once for each line that it occurs in."""
        if not self._flagged_ids:
            return ()
        return tuple(
            KeywordMatch(vocabulary_id, keyword, line.text, line.box)
            for line in dict.fromkeys(lines)
            for vocabulary_id, keyword in self._flagged_in(line.text)
        )

    def _flagged_in(self, text: str) -> dict[Keyword, None]:
        found = self._index.occurrences(*self._hits(text), self._flagged_ids)
        return dict.fromkeys([entry for _, _, entry in found])

    def _hits(self, text: str) -> tuple[str, _Hits]:
        if read := self._read.get(text):
            return read
        folded = folded_text(text)
        return folded, self._index.hits(folded)


def _pattern(keyword: str) -> str:
    return folded_text(keyword).strip()


def _by_pattern(entries: Iterable[tuple[Keyword, str]]) -> dict[str, tuple[Keyword, ...]]:
    """Group keywords by their folded form; blank ones are left out, equal ones are one."""
    owners: dict[str, tuple[Keyword, ...]] = {}
    for number, (entry, pattern) in enumerate(entries):
        known = owners.get(pattern, ())
        if pattern and entry not in known:
            owners[pattern] = (*known, entry)
        if number % _CHUNK_KEYWORDS == 0:
            time.sleep(0)  # or requests wait for the interpreter's lock, milliseconds each time
    return owners


def _leftmost_longest(found: Iterable[_Occurrence]) -> list[tuple[int, int]]:
    """Return which parts of the folded text to cut, from left to right, none overlapping."""
    spans: list[tuple[int, int]] = []
    free_from = 0
    for start, end, _ in sorted(found, key=lambda found: (found[0], -found[1])):
        if start >= free_from:
            spans.append((start, end))
            free_from = end
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
