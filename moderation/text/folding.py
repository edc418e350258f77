"""Text in the form in which it is compared, with the way back to the text as it was written."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

_HANGUL_VOWELS_AND_FINALS = range(0x1160, 0x1200)


@dataclass(frozen=True, slots=True)
class FoldedText:
    """Folded text; starts[i] and ends[i] say which original characters made text[i]."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span in the original of text[start:end], which may not be empty."""
        return self.starts[start], self.ends[end - 1]


def folded_text(text: str) -> str:
    """Return the text of fold() without the way back, at a fraction of the cost."""
    if unicodedata.is_normalized("NFKC", text):
        folded = text.casefold()
        if unicodedata.is_normalized("NFKC", folded):
            return _single_spaced(folded)
    folded = text.translate(_FOLDED_LETTERS)
    return fold(text).text if _PART_OF_LETTER in folded else _SPACES.sub(" ", folded)


def _has_single_spaces(text: str) -> bool:
    return "  " not in text and text.isprintable()  # no other white space is printable


def _single_spaced(text: str) -> str:
    if not text or _has_single_spaces(text):
        return text
    words = " ".join(text.split())
    before, after = text[0].isspace(), text[-1].isspace() and words
    return f"{' ' if before else ''}{words}{' ' if after else ''}"


def original_spans(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return which parts of a text became these parts of its folded text, none of them empty."""
    if not _is_folded_letter_by_letter(text):
        folded = fold(text)
        return [folded.original_span(start, end) for start, end in spans]
    if not _has_single_spaces(text):
        places = _Places([run.span() for run in _RUNS.finditer(text)])
        spans = [(places.starting(start), places.ending(end - 1)) for start, end in spans]
    return [_whole_letters(text, start, end) for start, end in spans]


def _is_folded_letter_by_letter(text: str) -> bool:
    folded = text.casefold()
    return (
        len(folded) == len(text)  # it never gets shorter
        and unicodedata.is_normalized("NFKC", text)
        and unicodedata.is_normalized("NFKC", folded)
    )


def _whole_letters(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a span to the accents and the like that belong to its first and last letter."""
    while start > 0 and _continues(text[start]):
        start -= 1
    while end < len(text) and _continues(text[end]):
        end += 1
    return start, end


class _Places:
    """Where the letters of a text were before each run of spaces became one."""

    def __init__(self, runs: Sequence[tuple[int, int]]) -> None:
        self._removed = list(accumulate((end - start - 1 for start, end in runs), initial=0))
        self._folded = [
            start - before for (start, _), before in zip(runs, self._removed, strict=False)
        ]

    def starting(self, position: int) -> int:
        """Return where that began which became the letter there."""
        return position + self._removed[bisect_left(self._folded, position)]

    def ending(self, position: int) -> int:
        """Return where that ended."""
        return position + 1 + self._removed[bisect_right(self._folded, position)]


def fold(text: str) -> FoldedText:
    """Fold the case and Unicode's compatibility forms (NFKC); any white space is one space.

    What is written in several characters, such as a letter and its accent, is folded as one
    and mapped back as one.
    """
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        for letter in _fold_cluster(text[start:end]):
            if letter == " " and letters and letters[-1] == " ":
                ends[-1] = end
                continue
            letters.append(letter)
            starts.append(start)
            ends.append(end)
    return FoldedText("".join(letters), tuple(starts), tuple(ends))


def _fold_cluster(cluster: str) -> str:
    if cluster.isspace():
        return " "
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    return "".join(" " if letter.isspace() else letter for letter in folded)


def _clusters(text: str) -> list[tuple[int, int]]:
    if text.isascii():
        return [(position, position + 1) for position in range(len(text))]
    starts = [position for position, letter in enumerate(text) if not _continues(letter)]
    if text and (not starts or starts[0] != 0):
        starts.insert(0, 0)
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _continues(letter: str) -> bool:
    """Say whether the letter may melt into the one before it."""
    if letter.isascii():
        return False
    first = unicodedata.normalize("NFKC", letter)[0]
    return unicodedata.combining(first) != 0 or ord(first) in _HANGUL_VOWELS_AND_FINALS


class _FoldedLetters(dict[int, str]):
    """What each character is folded to; found out when it is first met."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        folded = _PART_OF_LETTER if _continues(letter) else _fold_cluster(letter)
        if len(self) < _MAX_REMEMBERED_LETTERS:
            self[code] = folded
        return folded


_MAX_REMEMBERED_LETTERS = 50_000
_PART_OF_LETTER = "\0"  # stands for what is folded together with the letter before it
_SPACES = re.compile(" {2,}")
_RUNS = re.compile(r"\s{2,}")
_FOLDED_LETTERS = _FoldedLetters()
