"""What people may ask of the detection results."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from results.search import ResultSearch

_INPUT = {"class": "mono", "autocomplete": "off", "spellcheck": "false"}


class ResultFilterForm(forms.Form):
    """The filters of the list; each field has its line in apply()."""

    request_id = forms.CharField(
        label=_("Request ID"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={**_INPUT, "data-slash": ""}),
    )

    would_hit = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def search(self) -> ResultSearch:
        """Return what every filled field asks for; call it on a valid form."""
        return ResultSearch(request_id=self.cleaned_data["request_id"])


class PlaceForm(forms.Form):
    """Which page of the list, and which result is open beside it."""

    before = forms.IntegerField(required=False, min_value=0)
    after = forms.IntegerField(required=False, min_value=0)
    open = forms.CharField(required=False, max_length=64)
