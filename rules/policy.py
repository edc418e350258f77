"""All that an account's pictures are judged by, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from moderation.keywords import KeywordIndex
from moderation.library_index import LibraryIndex
from moderation.ruleset import Ruleset


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """An account's rulesets, by the id of their service, and its libraries.

    Nothing in it ever changes; a change makes another one.

    number: of the account's newest publication that is in it; 0 if there is none.
    """

    number: int
    rulesets: Mapping[int, Ruleset]
    images: LibraryIndex
    keywords: KeywordIndex
