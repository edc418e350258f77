"""What people may enter on the pages of image libraries."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from console.validators import check_visible
from libraries.models import ImageLibrary, ImageLibraryQuerySet, LibraryImageQuerySet
from libraries.names import MAX_DESCRIPTION_CHARACTERS, MAX_NAME_CHARACTERS

_INPUT = {"autocomplete": "off"}
_MAX_ID = 2**63 - 1
_ID = re.compile(r"[1-9][0-9]{0,17}")
# Near the ends of the calendar, times cannot be told in other time zones.
_TIMES = [
    MinValueValidator(datetime(1970, 1, 1, tzinfo=UTC)),
    MaxValueValidator(datetime(9000, 1, 1, tzinfo=UTC)),
]


class ImageLibraryForm(forms.Form):
    """The name and the description of an image library, and how its images are matched."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=MAX_NAME_CHARACTERS,
        validators=[check_visible],
        widget=forms.TextInput(attrs=_INPUT | {"autofocus": True}),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=MAX_DESCRIPTION_CHARACTERS,
        required=False,
        validators=[check_visible],
        widget=forms.TextInput(attrs=_INPUT),
    )
    deep_match = forms.BooleanField(
        label=gettext_lazy("Deep match"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "check"}),
        help_text=gettext_lazy(
            "Also recognise parts of the images: small crops, screenshots, collages and turned"
            " copies. Checks take about 20 ms longer, each image 4 kB more memory. Parts of"
            " exempt images are not exempt."
        ),
    )


def _time_field(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, widget=widget, validators=_TIMES)


class ImageFilterForm(forms.Form):
    """Which images of a library are listed; times are in the account's time zone."""

    image_id = forms.IntegerField(
        label=gettext_lazy("Image ID"),
        required=False,
        min_value=1,
        max_value=_MAX_ID,
        widget=forms.TextInput(
            attrs=_INPUT
            | {
                "inputmode": "numeric",
                "data-slash": "",
                "placeholder": gettext_lazy("Image ID"),
            }
        ),
    )
    added_from = _time_field(gettext_lazy("Added from"))
    added_to = _time_field(gettext_lazy("Added to"))
    held = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def apply(self, images: LibraryImageQuerySet) -> LibraryImageQuerySet:
        """Keep the images that every filled field asks for; call it on a valid form."""
        if image_id := self.cleaned_data["image_id"]:
            images = images.filter(pk=image_id)
        if added_from := self.cleaned_data["added_from"]:
            images = images.added_from(added_from)
        if added_to := self.cleaned_data["added_to"]:
            images = images.added_until(added_to.replace(second=59, microsecond=999_999))
        if self.cleaned_data["held"]:
            images = images.held()
        return images


class ImagePlaceForm(forms.Form):
    """Which page of the images, and how they are shown."""

    before = forms.IntegerField(required=False, min_value=1, max_value=_MAX_ID)
    after = forms.IntegerField(required=False, min_value=0, max_value=_MAX_ID)
    view = forms.ChoiceField(required=False, choices=[("grid", "grid"), ("table", "table")])


class MoveForm(forms.Form):
    """The library to which the selected images are moved."""

    target = forms.ModelChoiceField(
        queryset=ImageLibrary.objects.none(),
        error_messages={"required": gettext_lazy("Choose the library to which they are moved.")},
    )

    def __init__(self, *args: Any, targets: ImageLibraryQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["target"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type
        field.queryset = targets


def selected_ids(data: QueryDict) -> list[int]:
    """Return the ids of the selected images; what is no id is left out."""
    return [int(text) for text in data.getlist("image") if _ID.fullmatch(text)]
