"""What the pages of a service's history ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class HistoryPlaceForm(forms.Form):
    """Where in the history a page starts."""

    before = forms.IntegerField(required=False, min_value=1)
    after = forms.IntegerField(required=False, min_value=1)


class CompareForm(forms.Form):
    """The number of another version, to compare one with."""

    def __init__(self, *args: Any, newest: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["with"] = forms.IntegerField(
            label=_("Compare with version"), required=False, min_value=1, max_value=newest
        )


class RestoreForm(forms.Form):
    """Which version the member has seen as the newest, and a comment for the one to come."""

    base_version = forms.IntegerField(
        min_value=1,
        widget=forms.HiddenInput,
        error_messages={"required": _("The page is out of date. Reload it.")},
    )
    comment = forms.CharField(label=_("Comment"), required=False, max_length=200)
