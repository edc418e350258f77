"""Text in the form in which it is compared, with the way back to the text as it was written."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

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
    """Return the text of fold() without the way back, at a tenth of the cost."""
    folded = text.translate(_FOLDED_LETTERS)
    if _PART_OF_LETTER in folded:
        return fold(text).text
    return _SPACES.sub(" ", folded)


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
_FOLDED_LETTERS = _FoldedLetters()
