"""What people send to import into a library."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from libraries.archives import MAX_ENTRIES
from libraries.models import ImportJob, ImportRow

Kind = ImportJob.Kind
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_KINDS = {".zip": Kind.ZIP, ".csv": Kind.HASHES, ".txt": Kind.URLS}


def kind_of(name: str) -> ImportJob.Kind:
    """Return what a file of this name is taken for."""
    return _KINDS.get(PurePath(name).suffix.lower(), Kind.FILES)


class AnnouncementForm(forms.Form):
    """What is going to be uploaded: a file in parts, or so many pictures."""

    kind = forms.ChoiceField(choices=Kind.choices)
    name = forms.CharField(required=False, max_length=1_000)
    size_bytes = forms.IntegerField(required=False, min_value=0)
    file_count = forms.IntegerField(required=False, min_value=1, max_value=MAX_ENTRIES)

    def clean(self) -> dict[str, Any]:
        """Check the size; which fields are needed depends on the kind."""
        cleaned_data = super().clean() or {}
        for name in ("size_bytes", "file_count"):
            cleaned_data[name] = cleaned_data.get(name) or 0
        needed = "file_count" if cleaned_data.get("kind") == Kind.FILES else "size_bytes"
        if not cleaned_data[needed] and not self.errors:
            raise forms.ValidationError(_("The file is empty. Choose another."))
        if cleaned_data["size_bytes"] > settings.IMPORT_MAX_MB << 20:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s MB. Split it.")
                % {"limit": f"{settings.IMPORT_MAX_MB:,}"}
            )
        return cleaned_data


class UrlsForm(forms.Form):
    """A list of URLs, one per line."""

    urls = forms.CharField(
        label=gettext_lazy("Image URLs"),
        max_length=20_000_000,
        help_text=gettext_lazy("One per line. Addresses of private networks are refused."),
        error_messages={"required": gettext_lazy("Enter a URL.")},
        widget=forms.Textarea(
            attrs={
                "class": "mono",
                "rows": 5,
                "placeholder": "https://example.com/photo.jpg",
                "spellcheck": "false",
                "autocomplete": "off",
            }
        ),
    )


class PartForm(forms.Form):
    """A part of a file and its place, counted from 0."""

    number = forms.IntegerField(min_value=0)
    part = forms.FileField(allow_empty_file=True, max_length=None)


class PicturesForm(forms.Form):
    """The numbers of the pictures that are sent, and those too large to be sent."""

    def __init__(self, data: QueryDict, files: MultiValueDict[str, UploadedFile[bytes]]) -> None:
        super().__init__(data, files)
        self._numbers = data.getlist("number")
        self._pictures = files.getlist("image")
        self._too_large = data.getlist("too_large")

    def clean(self) -> dict[str, Any]:
        numbers = [int(text) for text in self._numbers if _NUMBER.fullmatch(text)]
        files = self._pictures
        if len(numbers) != len(files):
            raise forms.ValidationError(_("Each picture needs a number."))
        too_large = (text.partition(":") for text in self._too_large)
        return {
            "files": dict(zip(numbers, files, strict=True)),
            "too_large": {
                int(number): name for number, _, name in too_large if _NUMBER.fullmatch(number)
            },
        }


class ReportFilterForm(forms.Form):
    """Which rows of a report are shown."""

    state = forms.ChoiceField(required=False, choices=ImportRow.State.choices)
    page = forms.IntegerField(required=False, min_value=1)
