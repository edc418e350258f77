"""Into which library the picture of a result shall go."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.models import Account
from console.validators import check_visible
from libraries.models import ImageLibrary
from libraries.names import MAX_NAME_CHARACTERS
from libraries.places import places_of
from rules.models import Service

_MAX_PLACES = 3


class LibraryForm(forms.Form):
    """One of the account's image libraries."""

    library = forms.TypedChoiceField(label=gettext_lazy("Image library"), coerce=int)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.libraries = {one.pk: one for one in _libraries_of(account)}
        field = self.fields["library"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type
        field.choices = [(pk, _described(one)) for pk, one in self.libraries.items()]

    @property
    def chosen(self) -> ImageLibrary:
        """Return the library that was chosen."""
        return self.libraries[self.cleaned_data["library"]]


class ExemptionForm(forms.Form):
    """An image library that a service exempts or may exempt, or the name of a new one."""

    library = forms.TypedChoiceField(
        label=gettext_lazy("Image library"), coerce=int, empty_value=None, required=False
    )
    name = forms.CharField(
        label=gettext_lazy("Name of the new library"),
        max_length=MAX_NAME_CHARACTERS,
        required=False,
        validators=[check_visible],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, service: Service, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        blocking = set(service.label_rules.values_list("image_library_id", flat=True))
        self.libraries = {
            one.pk: one for one in _libraries_of(service.account) if one.pk not in blocking
        }
        field = self.fields["library"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type
        known = [(pk, _described(one)) for pk, one in self.libraries.items()]
        field.choices = [*known, ("", _("A new library"))]
        self.initial.setdefault("library", _first_exemption(service, self.libraries))

    def clean(self) -> dict[str, Any]:
        """Ask for a name if no library is chosen."""
        if self.cleaned_data.get("library") is None and not self.cleaned_data.get("name"):
            self.add_error("name", _("Name the new library, or choose one that there is."))
        return self.cleaned_data

    @property
    def chosen(self) -> ImageLibrary | None:
        """Return the library that was chosen; None for a new one."""
        return self.libraries.get(self.cleaned_data["library"])


def _libraries_of(account: Account) -> list[ImageLibrary]:
    return list(account.image_libraries.staying().by_name().with_links())


def _described(library: ImageLibrary) -> str:
    places = [str(place) for place in places_of(library)[:_MAX_PLACES]]
    return f"{library.name} · {', '.join(places)}" if places else library.name


def _first_exemption(service: Service, libraries: dict[int, ImageLibrary]) -> int | str:
    exempt = service.exemptions.values_list("image_library_id", flat=True)
    return next((pk for pk in libraries if pk in set(exempt)), "")
