"""Changes of a service's labels, before they are saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from moderation.ruleset import Ruleset


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeChange:
    """What a label's rule shall be; scores in percent, MIN_SCORE to MAX_SCORE."""

    label: str
    enabled: bool
    medium_risk_score: Decimal
    high_risk_score: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomLibraryChange:
    """Which image library and vocabulary a label shall have; None for none."""

    label: str
    image_library_id: int | None = None
    vocabulary_id: int | None = None


def with_scope(ruleset: Ruleset, changes: Iterable[ScopeChange]) -> Ruleset:
    """Return the ruleset as these changes of the detection scope would make it."""
    return _with_policies(
        ruleset,
        {
            change.label: {
                "enabled": change.enabled,
                "medium_risk_score": float(change.medium_risk_score),
                "high_risk_score": float(change.high_risk_score),
            }
            for change in changes
        },
    )


def with_libraries(ruleset: Ruleset, changes: Iterable[CustomLibraryChange]) -> Ruleset:
    """Return the ruleset as these changes of labels' libraries would make it."""
    return _with_policies(
        ruleset,
        {
            change.label: {
                "image_library_id": change.image_library_id,
                "vocabulary_id": change.vocabulary_id,
            }
            for change in changes
        },
    )


def _with_policies(ruleset: Ruleset, values: Mapping[str, dict[str, Any]]) -> Ruleset:
    policies = tuple(
        replace(policy, **values.get(policy.label, {})) for policy in ruleset.label_policies
    )
    return replace(ruleset, label_policies=policies)


def scope_changes(before: Ruleset, after: Ruleset) -> list[ScopeChange]:
    """Return what leads from one detection scope to another; a label that is as it was has none."""
    return [
        ScopeChange(
            label=policy.label,
            enabled=policy.enabled,
            medium_risk_score=Decimal(str(policy.medium_risk_score)),
            high_risk_score=Decimal(str(policy.high_risk_score)),
        )
        for policy in after.label_policies
        if policy != before.policies[policy.label]
    ]


def library_changes(before: Ruleset, after: Ruleset) -> list[CustomLibraryChange]:
    """Return what leads from some labels' libraries to others; one that is as it was has none."""
    return [
        CustomLibraryChange(
            label=policy.label,
            image_library_id=policy.image_library_id,
            vocabulary_id=policy.vocabulary_id,
        )
        for policy in after.label_policies
        if policy != before.policies[policy.label]
    ]
