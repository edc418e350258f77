"""Changes of a service's labels, before they are saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from moderation.ruleset import Ruleset
from rules.errors import InvalidScope

FLAGGED_FOR_TEXT = "flagged_vocabulary_ids_for_text"
MANUAL_REVIEW = "manual_review"
"""Settings that are only kept for programs."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationChange:
    """What of a service's rules shall be otherwise; all that is not named stays as it is.

    policies: by label, the values of its LabelPolicy that change.
    exemptions: by the id of an image library, whether its matches shall be exempt.
    ignored_vocabulary_ids: all that shall be ignored; None for as they are.
    kept_settings: what is only kept for programs, by name.
    """

    policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    exemptions: Mapping[int, bool] = field(default_factory=dict)
    ignored_vocabulary_ids: frozenset[int] | None = None
    kept_settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kept_vocabulary_ids(self) -> frozenset[int]:
        """Return the vocabularies that the kept settings name."""
        return frozenset(self.kept_settings.get(FLAGGED_FOR_TEXT, ()))

    def applied_to(self, ruleset: Ruleset) -> Ruleset:
        """Return the ruleset with the change; raises InvalidScope for a label that it lacks."""
        for label in self.policies:
            if label not in ruleset.labels:
                raise InvalidScope(label, f"{ruleset.service} has no such label")
        switched_on = {pk for pk, is_exempt in self.exemptions.items() if is_exempt}
        exempt = (ruleset.exempt_library_ids - self.exemptions.keys()) | switched_on
        ignored = self.ignored_vocabulary_ids
        return replace(
            _with_policies(ruleset, self.policies),
            exempt_library_ids=exempt,
            ignored_vocabulary_ids=ruleset.ignored_vocabulary_ids if ignored is None else ignored,
        )


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


def _with_policies(ruleset: Ruleset, values: Mapping[str, Mapping[str, Any]]) -> Ruleset:
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
