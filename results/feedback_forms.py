"""What people may say of a result, and ask of the inbox."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _

from moderation.catalogue import load_catalogue
from results.answers import describe
from results.feedback_models import MAX_NOTE_CHARACTERS, FeedbackQuerySet
from results.models import DetectionResult, Feedback
from rules.models import Service

Choices = list[tuple[str, Any]]


class FeedbackForm(forms.Form):
    """What is wrong with a result; kind alone is enough."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Feedback"),
        choices=Feedback.Kind.choices,
        error_messages={"required": gettext_lazy("Choose what is wrong with the result.")},
    )
    label = forms.ChoiceField(label=gettext_lazy("Label"), required=False)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=MAX_NOTE_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, *args: Any, result: DetectionResult, service: Service | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "said_%s"  # the filters of the list have the usual ids
        label = self.fields["label"]
        assert isinstance(label, forms.ChoiceField)  # noqa: S101 - for the type
        label.choices = _label_choices(result, service)

    @classmethod
    def about(cls, result: DetectionResult, service: Service | None, kind: str) -> FeedbackForm:
        """Return the form as it is opened: with what was said, or with the kind that was chosen."""
        said = result.said
        values = {"kind": kind or Feedback.Kind.FALSE_POSITIVE}
        if said and kind in ("", said.kind):
            label = next(iter(said.labels), "")
            values = {"kind": said.kind, "label": label, "note": said.note}
        return cls(result=result, service=service, initial=values)

    @property
    def labels(self) -> list[str]:
        """Return the label that was chosen, if any."""
        return [label] if (label := self.cleaned_data["label"]) else []


def _label_choices(result: DetectionResult, service: Service | None) -> Choices:
    """Offer the returned labels first, then the others that the service may return."""
    returned = [label["label"] for label in result.labels if label["risk_level"] != "none"]
    known = service.definition.labels if service else list(load_catalogue().labels)
    choices: Choices = [("", _("No label in particular"))]
    if returned:
        choices.append((_("Returned labels"), [_choice(code) for code in returned]))
    others = [_choice(code) for code in known if code not in returned]
    return [*choices, (_("Other labels"), others)] if others else choices


def _choice(code: str) -> tuple[str, str]:
    return code, f"{code} · {gettext(describe(code))}"


class ResolutionForm(forms.Form):
    """What came of feedback; open for that nobody has dealt with it."""

    state = forms.ChoiceField(choices=Feedback.State.choices)


class InboxFilterForm(forms.Form):
    """Which feedback the inbox lists; what nobody has dealt with, if no state is chosen."""

    ALL = "all"

    state = forms.ChoiceField(
        required=False, choices=[*Feedback.State.choices, (ALL, gettext_lazy("All"))]
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Feedback"),
        required=False,
        choices=[("", gettext_lazy("Both kinds")), *Feedback.Kind.choices],
    )

    @property
    def listed_state(self) -> str:
        """Return the state that is listed, or ALL."""
        return self._chosen("state") or Feedback.State.OPEN.value

    @property
    def is_filtered(self) -> bool:
        """Say whether something is chosen."""
        return bool(self._chosen("state") or self._chosen("kind"))

    def apply(self, feedback: FeedbackQuerySet) -> FeedbackQuerySet:
        """Keep what is asked for."""
        kept = self.apply_kind(feedback)
        return kept if self.listed_state == self.ALL else kept.filter(state=self.listed_state)

    def apply_kind(self, feedback: FeedbackQuerySet) -> FeedbackQuerySet:
        """Keep the kind that is asked for, in any state."""
        kind = self._chosen("kind")
        return feedback.filter(kind=kind) if kind else feedback

    def _chosen(self, name: str) -> str:
        """Return a choice; what is none of them counts as none."""
        self.is_valid()
        chosen: str = self.cleaned_data.get(name, "")
        return chosen
