"""Which letters form words between spaces, and which follow each other without."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Han, kana, bopomofo, Hangul, Thai, Lao, Tibetan, Myanmar, Khmer. Korean has spaces, but
# particles are attached to its words, so that whole words would miss nearly everything.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007"
    "\u3040-\u30ff\u3100-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U000323af]"
)


def is_unspaced(character: str) -> bool:
    """Say whether the character is of a script that writes words without spaces between."""
    return _UNSPACED.match(character) is not None


@lru_cache(maxsize=65_536)
def is_word_character(character: str) -> bool:
    """Say whether the character is a letter, digit or mark of a script with spaces."""
    if character.isascii():
        return character.isalnum()
    return unicodedata.category(character)[0] in "LMN" and not is_unspaced(character)


def stands_alone(text: str, start: int, end: int) -> bool:
    """Say whether text[start:end] is whole words rather than a part of one.

    Each edge counts by itself: an edge in a script without spaces may be anywhere; any other
    may not touch a further letter or digit of a script with spaces.
    """
    touches_left = start > 0 and is_word_character(text[start - 1])
    touches_right = end < len(text) and is_word_character(text[end])
    return not (
        (touches_left and is_word_character(text[start]))
        or (touches_right and is_word_character(text[end - 1]))
    )
