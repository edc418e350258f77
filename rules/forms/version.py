"""What every tab sends beside its values when it is saved."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from rules.models import RulesetVersion, Service

_UNKNOWN = _("The page is out of date. Reload it.")


class VersionForm(forms.Form):
    """Which version an edit is based on, and a comment for the new one.

    edited_version: the version whose values the page was filled with.
    base_version: the newest that its author has seen; newer once "apply mine again" was pressed.
    """

    edited_version = forms.IntegerField(min_value=1, error_messages={"required": _UNKNOWN})
    base_version = forms.IntegerField(min_value=1, error_messages={"required": _UNKNOWN})
    reviewed = forms.BooleanField(required=False)
    comment = forms.CharField(required=False, max_length=200)

    @classmethod
    def of(cls, number: int) -> VersionForm:
        """Return the form of a page that is filled with a version."""
        return cls(initial={"edited_version": number, "base_version": number})

    def shown_by(self, service: Service) -> RulesetVersion:
        """Return the version that the page was filled with; the newest if it names none."""
        self.is_valid()
        number = self.cleaned_data.get("edited_version", service.version)
        version = service.versions.filter(number=number).first()
        if version is None:
            self.add_error("edited_version", _UNKNOWN)
        return version or service.newest_version
