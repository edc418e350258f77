"""The detection scope of one type: a switch and two scores for each label, checked together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from moderation.ruleset import LabelPolicy, Ruleset
from rules.changes import ScopeChange, scope_changes, with_scope
from rules.checking import MAX_SCORE, MIN_SCORE
from rules.coverage import CoveredLabel
from rules.forms.version import VersionForm

_LARGE_CHANGE_LABELS = 10


def _score_field() -> forms.DecimalField:
    return forms.DecimalField(min_value=0, max_value=MAX_SCORE, max_digits=5, decimal_places=2)


class LabelScopeForm(forms.Form):
    """One label's switch and scores; original is its policy that the page was filled with."""

    enabled = forms.BooleanField(required=False)
    medium = _score_field()
    high = _score_field()

    def __init__(
        self, covered: CoveredLabel, original: LabelPolicy, data: Mapping[str, Any] | None
    ) -> None:
        initial = {
            "enabled": original.enabled,
            "medium": original.medium_risk_score,
            "high": original.high_risk_score,
        }
        super().__init__(data, prefix=covered.label.code, initial=initial)
        self.covered = covered
        self.original = original

    def clean(self) -> dict[str, Any]:
        """Refuse scores that are no scores, or out of order, in one sentence.

        Scores that a program has set may stay as they are, whatever they are.
        """
        values = super().clean() or self.cleaned_data
        if not self.errors and self._scores_are_as_shown:
            return values
        if self.errors or values["medium"] < MIN_SCORE:
            raise forms.ValidationError(
                _("Enter two scores from %(min)s to %(max)s, with at most two decimals."),
                params={"min": MIN_SCORE, "max": MAX_SCORE},
            )
        if values["medium"] >= values["high"]:
            raise forms.ValidationError(
                _("The medium-risk score must be below the high-risk score.")
            )
        return values

    @property
    def _scores_are_as_shown(self) -> bool:
        shown = (self.original.medium_risk_score, self.original.high_risk_score)
        return (self.cleaned_data["medium"], self.cleaned_data["high"]) == tuple(
            Decimal(str(score)) for score in shown
        )

    @property
    def error(self) -> str:
        """Return what is wrong with the row, empty if nothing is."""
        return " ".join(map(str, self.non_field_errors()))

    @property
    def change(self) -> ScopeChange:
        """Return the label's rule as it was sent."""
        return ScopeChange(
            label=self.covered.label.code,
            enabled=self.cleaned_data["enabled"],
            medium_risk_score=self.cleaned_data["medium"],
            high_risk_score=self.cleaned_data["high"],
        )


class ScopeForm:
    """The labels of one detection type, and the version that they are based on.

    shown: the ruleset that the page was filled with.
    """

    def __init__(
        self, labels: Sequence[CoveredLabel], shown: Ruleset, version: VersionForm | None = None
    ) -> None:
        self.shown = shown
        self.version = version or VersionForm.of(shown.version)
        data = self.version.data if self.version.is_bound else None
        self.rows = [
            LabelScopeForm(one, shown.policies.get(one.label.code, one.rule.to_policy()), data)
            for one in labels
        ]

    def is_valid(self) -> bool:
        """Check every row, so that each has its own message."""
        rows = [row.is_valid() for row in self.rows]
        return self.version.is_valid() and all(rows)

    @property
    def mine(self) -> Ruleset:
        """Return the ruleset that was shown, with the values that were sent."""
        return with_scope(self.shown, [row.change for row in self.rows])

    @property
    def changes(self) -> list[ScopeChange]:
        """Return the labels that differ from what was shown."""
        return scope_changes(self.shown, self.mine)

    @property
    def is_large(self) -> bool:
        """Say whether the change turns the whole type off, or is of many labels."""
        was_on = any(row.original.enabled for row in self.rows)
        is_on = any(row.cleaned_data["enabled"] for row in self.rows)
        return (was_on and not is_on) or len(self.changes) > _LARGE_CHANGE_LABELS
