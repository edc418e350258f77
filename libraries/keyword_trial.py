"""What a vocabulary would find in a text, before any picture is checked with it."""

from __future__ import annotations

from dataclasses import dataclass

from libraries.models import Vocabulary
from moderation.detection import Box, TextLine
from moderation.keywords import KeywordIndex
from moderation.match import KeywordMatch

_NOWHERE = Box(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Trial:
    """The keywords that were found, line by line, and the text without them."""

    matches: tuple[KeywordMatch, ...]
    remaining: str


def try_keywords(vocabulary: Vocabulary, text: str) -> Trial:
    """Look for the vocabulary's keywords in a text as in that of a picture."""
    candidates = vocabulary.keywords.within(text).values_list("text", flat=True)
    index = KeywordIndex.build((vocabulary.pk, keyword) for keyword in candidates)
    lines = [TextLine(line, _NOWHERE, 100.0) for line in text.splitlines()]
    remaining = "\n".join(index.cut(line.text, {vocabulary.pk}) for line in lines)
    return Trial(index.find(lines, {vocabulary.pk}), remaining)
