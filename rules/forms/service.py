"""The list of services: filter, copy, delete."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.validators import check_visible, check_visible_lines
from rules.models import Service

_INPUT = {"autocomplete": "off"}


class ServiceFilterForm(forms.Form):
    """Part of a service's name or code."""

    q = forms.CharField(required=False, max_length=80)


class CopyServiceForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable
    """Code, name and description of a copy; whether the code is free is the service's to say."""

    class Meta:
        model = Service
        fields = ["code", "name", "description"]
        labels = {
            "code": _("Service Code"),
            "name": _("Service Name"),
            "description": _("Service Description"),
        }
        help_texts = {
            "code": _("What callers name in a request: letters, digits and underscores."),
        }
        widgets = {
            "code": forms.TextInput(attrs=_INPUT | {"class": "mono"}),
            "name": forms.TextInput(attrs=_INPUT | {"autofocus": True}),
            "description": forms.Textarea(attrs={"rows": 2}),
        }

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        check_visible(name)
        return name

    def clean_description(self) -> str:
        description: str = self.cleaned_data["description"]
        check_visible_lines(description)
        return description


class DeleteServiceForm(forms.Form):
    """The copy's code, typed again, so that no service is deleted by a slip."""

    code = forms.CharField(
        label=_("Service Code"),
        max_length=64,
        widget=forms.TextInput(attrs=_INPUT | {"class": "mono", "autofocus": True}),
    )

    def __init__(self, *args: Any, service: Service, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.service = service
        self.fields["code"].widget.attrs["data-equals"] = service.code

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if code != self.service.code:
            raise forms.ValidationError(_("This is not the code of the service."))
        return code
