"""Which image library and vocabulary sets each label of one detection type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moderation.ruleset import TEXT_SUFFIX, LabelPolicy, Ruleset
from rules.changes import CustomLibraryChange, library_changes, with_libraries
from rules.coverage import CoveredLabel
from rules.forms.version import VersionForm
from rules.links import Choice, Choices

_GONE = gettext_lazy("This library no longer exists. Choose another.")


class LinkForm(forms.Form):
    """One select: the image library of a label, or its vocabulary.

    is_vocabulary: which of the two. original_id: what the page was filled with.
    """

    def __init__(
        self,
        covered: CoveredLabel,
        original_id: int | None,
        choices: Sequence[Choice],
        data: Mapping[str, Any] | None,
        *,
        is_vocabulary: bool,
    ) -> None:
        kind = "words" if is_vocabulary else "images"
        super().__init__(data, prefix=f"{kind}-{covered.label.code}")
        self.covered = covered
        self.original_id = original_id
        self.choices = choices
        self.is_vocabulary = is_vocabulary
        self.fields["library"] = forms.TypedChoiceField(
            choices=[("", ""), *((choice.pk, choice.name) for choice in choices)],
            coerce=int,
            empty_value=None,
            required=False,
            initial=original_id,
            error_messages={"invalid_choice": _GONE},
        )

    @property
    def library_id(self) -> int | None:
        """Return the library that was chosen."""
        chosen: int | None = self.cleaned_data["library"]
        return chosen

    @property
    def chosen_id(self) -> int | None:
        """Return what the select shows: what was sent, or what the page was filled with."""
        value = str(self["library"].value() or "")
        return int(value) if value.isdecimal() else None

    @property
    def error(self) -> str:
        """Return what is wrong with the choice, empty if nothing is."""
        return " ".join(map(str, self["library"].errors))


class CustomLibrariesForm:
    """The libraries of the labels of one detection type, and the version they are based on.

    shown: the ruleset that the page was filled with.
    """

    def __init__(
        self,
        labels: Sequence[CoveredLabel],
        shown: Ruleset,
        choices: Choices,
        version: VersionForm | None = None,
    ) -> None:
        self.shown = shown
        self.choices = choices
        self.version = version or VersionForm.of(shown.version)
        self.rows = list(chain.from_iterable(self._rows(one) for one in labels))

    def _rows(self, covered: CoveredLabel) -> Iterator[LinkForm]:
        data = self.version.data if self.version.is_bound else None
        policy = self.shown.policies.get(covered.label.code, LabelPolicy(covered.label.code))
        images = self.choices.image_libraries
        yield LinkForm(covered, policy.image_library_id, images, data, is_vocabulary=False)
        if covered.label.code.endswith(TEXT_SUFFIX):
            words = self.choices.vocabularies
            yield LinkForm(covered, policy.vocabulary_id, words, data, is_vocabulary=True)

    def is_valid(self) -> bool:
        """Check every row, so that each has its own message."""
        rows = [row.is_valid() for row in self.rows]
        return self.version.is_valid() and all(rows)

    @property
    def mine(self) -> Ruleset:
        """Return the ruleset that was shown, with the libraries that were chosen."""
        chosen: dict[str, dict[str, int | None]] = {}
        for row in self.rows:
            name = "vocabulary_id" if row.is_vocabulary else "image_library_id"
            chosen.setdefault(row.covered.label.code, {})[name] = row.library_id
        return with_libraries(
            self.shown, [CustomLibraryChange(label=label, **ids) for label, ids in chosen.items()]
        )

    @property
    def changes(self) -> list[CustomLibraryChange]:
        """Return the labels that differ from what was shown."""
        return library_changes(self.shown, self.mine)

    def refuse_conflicts(self, names: Sequence[str]) -> None:
        """Say beside each select that its image library is an exemption as well."""
        ids = {choice.pk for choice in self.choices.image_libraries if choice.name in names}
        for row in self.rows:
            if not row.is_vocabulary and row.library_id in ids:
                row.add_error(
                    "library",
                    _("This library is exempt, so its matches would set no label. Choose another."),
                )
