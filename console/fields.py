"""Form fields that several pages have."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

_FIRST_YEAR, _LAST_YEAR = 1970, 9000  # beyond, other time zones and months have no such days


class DayField(forms.DateField):
    """A day that may be left out."""

    def __init__(self, label: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(label=label, required=False, widget=widget)

    def validate(self, value: date | None) -> None:
        """Refuse years that make no sense."""
        super().validate(value)
        if value is not None and not _FIRST_YEAR < value.year < _LAST_YEAR:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
