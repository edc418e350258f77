"""All that an account's pictures are judged by, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

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

    @property
    def needs_folding(self) -> bool:
        """Say whether folded() would make judging quicker."""
        return self.images.needs_folding or self.keywords.needs_folding

    def folded(self) -> Policy:
        """Return a policy that judges alike, with its recent changes worked in; takes seconds."""
        return replace(
            self,
            images=self.images.folded() if self.images.needs_folding else self.images,
            keywords=self.keywords.folded() if self.keywords.needs_folding else self.keywords,
        )
