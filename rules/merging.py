"""What one person changed, on top of what others saved in the meantime."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from moderation.ruleset import LabelPolicy, Ruleset


def merged(*, shown: Ruleset, mine: Ruleset, current: Ruleset) -> Ruleset:
    """Return the current rules with what one person changed, value by value.

    shown: the rules that the person saw. mine: the same with that person's changes. What mine
    leaves as it was shown stays as it is in current.
    """
    policies = tuple(_merged_policy(policy, shown, mine) for policy in current.label_policies)
    return replace(
        current,
        label_policies=policies,
        exempt_library_ids=_merged_ids(
            shown.exempt_library_ids, mine.exempt_library_ids, current.exempt_library_ids
        ),
        ignored_vocabulary_ids=_merged_ids(
            shown.ignored_vocabulary_ids,
            mine.ignored_vocabulary_ids,
            current.ignored_vocabulary_ids,
        ),
    )


def _merged_policy(current: LabelPolicy, shown: Ruleset, mine: Ruleset) -> LabelPolicy:
    before, after = shown.policies.get(current.label), mine.policies.get(current.label)
    if before is None or after is None:
        return current
    old, new = asdict(before), asdict(after)
    changed: dict[str, Any] = {name: new[name] for name in new if new[name] != old[name]}
    return replace(current, **changed)


def _merged_ids(
    shown: frozenset[int], mine: frozenset[int], current: frozenset[int]
) -> frozenset[int]:
    return (current | (mine - shown)) - (shown - mine)
