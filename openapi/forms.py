"""What the request explorer takes."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.models import AccessKey, Account
from openapi.explorer import actions

MAX_PARAMETER_CHARACTERS = 20_000


class KeyChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg] # not subscriptable
    """An access key by its name and id."""

    def label_from_instance(self, key: AccessKey) -> str:
        """Return the name, and the id that tells two of one name apart."""
        return f"{key.name} · {key.key_id}" if key.name else key.key_id


class ExplorerForm(forms.Form):
    """A call: with which key, of which action, with which parameters."""

    access_key = KeyChoiceField(
        label=_("Access key"),
        queryset=AccessKey.objects.none(),
        to_field_name="key_id",
        empty_label=None,
    )
    action = forms.ChoiceField(label=_("Action"))
    parameters = forms.CharField(
        label=_("Parameters"),
        required=False,
        max_length=MAX_PARAMETER_CHARACTERS,
        help_text=_("A JSON object; values that are objects are sent as JSON text."),
        widget=forms.Textarea(attrs={"rows": 8, "class": "mono", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = account.access_keys.filter(enabled=True)
        self.fields["access_key"].queryset = keys  # type: ignore[attr-defined]
        by_version: dict[str, list[tuple[str, str]]] = {}
        for action in actions():
            version, _separator, name = action.partition("/")
            by_version.setdefault(version, []).append((action, name))
        self.fields["action"].choices = list(by_version.items())  # type: ignore[attr-defined]

    def clean_parameters(self) -> dict[str, Any]:
        """Return the parameters as an object."""
        text = self.cleaned_data["parameters"].strip() or "{}"
        try:
            parameters = json.loads(text)
        except (ValueError, RecursionError) as error:
            message = _("This is not JSON: %(problem)s.") % {"problem": error}
            raise forms.ValidationError(message) from error
        if not isinstance(parameters, dict):
            raise forms.ValidationError(_("Write a JSON object: {…}."))
        return {name: value for name, value in parameters.items() if value is not None}
