"""What the profanity packages find; both work on lists of their own, without any network."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from glin_profanity import Filter
from safetype import ModerationEngine, create_moderation_engine

PROFANITY_FILE = Path(__file__).parents[1] / "data" / "profanity.toml"

_SAFETYPE_LANGUAGES = ("en", "de", "es", "fr", "pt", "hi")
_SAFETYPE_CATEGORIES = {"hate": "hate", "harassment": "abuse", "profanity": "swearing"}
_CATEGORIES = ("abuse", "swearing", "hate")


@dataclass(frozen=True, slots=True)
class Profanity:
    """A profane word; category is one of ours, rule names the package."""

    category: str
    rule: str
    words: str


def find_profanity(line: str) -> Iterator[Profanity]:
    """Find profanity in one tidy line."""
    for match in _safetype().moderate(line).matches:
        category = _SAFETYPE_CATEGORIES.get(match.category)
        if category is not None and match.severity != "low":
            yield Profanity(category, "safetype", match.text)
    for word in _glin().check_profanity(line)["profane_words"]:
        category = _glin_categories().get(word)
        if category is not None:
            yield Profanity(category, "glin-profanity", word)


@cache
def _safetype() -> ModerationEngine:
    engine = create_moderation_engine(mode="warn", languages=_SAFETYPE_LANGUAGES)
    engine.moderate("")  # builds its index now, before threads share it
    return engine


@cache
def _glin() -> Filter:
    return Filter({"languages": ["english", "chinese"], "detect_leetspeak": True})


@cache
def _glin_categories() -> Mapping[str, str]:
    document = tomllib.loads(PROFANITY_FILE.read_text(encoding="utf-8"))
    return {word: category for category in _CATEGORIES for word in document[category]}
