"""The form in which a library's name is typed again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from libraries.models import ImageLibrary, Vocabulary


class LibraryNameForm(forms.Form):
    """The library's name, typed again, so that nothing is deleted by a slip."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=64)

    def __init__(self, *args: Any, library: ImageLibrary | Vocabulary, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.library = library
        attributes = {"autocomplete": "off", "autofocus": True, "data-equals": library.name}
        self.fields["name"].widget.attrs |= attributes

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.library.name:
            raise ValidationError(_("This is not the name of the library."))
        return name
