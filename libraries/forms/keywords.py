"""What people may enter on the pages of keyword libraries."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.validators import check_visible
from libraries.errors import KeywordsRefused, LibraryError
from libraries.keyword_files import ACCEPTED, MAX_FILE_BYTES, UnreadableFile, read_file
from libraries.keyword_lines import (
    MAX_LINES,
    Addition,
    KeywordLines,
    Line,
    TooManyLines,
    lines_of,
    read_keywords,
)
from libraries.models import MAX_KEYWORD_CHARACTERS
from libraries.names import MAX_DESCRIPTION_CHARACTERS, MAX_NAME_CHARACTERS

_INPUT = {"autocomplete": "off"}
_MAX_TRIED_CHARACTERS = 5000
_MAX_ID = 2**63 - 1


class KeywordsField(forms.Field):
    """A text area with one keyword a line; its value are the lines as they were sent.

    The look of what is wrong is the page's matter, so nothing is refused but too many lines.
    """

    def __init__(self, *, rows: int = 8, **kwargs: Any) -> None:
        limit = {"data-line-limit": MAX_KEYWORD_CHARACTERS, "rows": rows, "spellcheck": "false"}
        super().__init__(widget=forms.Textarea(attrs=_INPUT | limit), **kwargs)

    def to_python(self, value: str | None) -> list[Line]:
        try:
            return lines_of(value or "")
        except TooManyLines as error:
            raise _too_many_lines() from error

    def validate(self, value: list[Line]) -> None:
        if self.required and not any(text.strip() for _number, text in value):
            raise ValidationError(_("Enter one keyword a line."))
        if len(value) > MAX_LINES:
            raise _too_many_lines()


def _too_many_lines() -> ValidationError:
    message = _("More than %(limit)s lines. Enter them in parts.")
    return ValidationError(message % {"limit": f"{MAX_LINES:,}"})


class VocabularyForm(forms.Form):
    """The name and the description of a keyword library."""

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


class NewVocabularyForm(VocabularyForm):
    """A new keyword library, with keywords or without."""

    keywords = KeywordsField(
        label=gettext_lazy("Keywords"),
        required=False,
        rows=6,
        help_text=gettext_lazy("One a line. The library can also stay empty and be filled later."),
    )

    refusal: Addition | None = None

    def clean_keywords(self) -> KeywordLines:
        """Read the lines; refuse them all if one has to be mended."""
        lines = read_keywords(self.cleaned_data["keywords"])
        if lines.to_mend:
            self.refusal = Addition(0, lines.to_mend)
            raise ValidationError(str(KeywordsRefused(lines.to_mend)))
        return lines

    def refuse(self, error: LibraryError) -> None:
        """Show beside the field that it is about why the library was not created."""
        if isinstance(error, KeywordsRefused):
            self.refusal = Addition(0, error.lines)
        field = "keywords" if isinstance(error, KeywordsRefused) else "name"
        self.add_error(field, str(error))


class AddKeywordsForm(forms.Form):
    """Keywords to be added."""

    keywords = KeywordsField(
        label=gettext_lazy("New keywords"),
        help_text=gettext_lazy("One a line: letters, digits and spaces, at most 20 characters."),
    )


class ImportKeywordsForm(forms.Form):
    """A file of keywords; its value are its lines."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        max_length=255,
        help_text=gettext_lazy(
            "Text with one keyword a line, or the first column of a CSV file or Excel workbook; "
            "a first row that says Keyword is a heading. Up to 100,000 lines."
        ),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )

    def clean_file(self) -> list[Line]:
        """Read the lines, or say why there are none."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_FILE_BYTES:
            message = _("The file is larger than %(limit)s MB. Divide it and import the parts.")
            raise ValidationError(message % {"limit": MAX_FILE_BYTES // 2**20})
        try:
            return read_file(file.name or "", cast("BinaryIO", file))
        except UnreadableFile as error:
            raise ValidationError(str(error)) from error


class KeywordFilterForm(forms.Form):
    """What the list of keywords is narrowed to, and the page of it."""

    q = forms.CharField(required=False, max_length=64)
    before = forms.IntegerField(required=False, min_value=1, max_value=_MAX_ID)
    after = forms.IntegerField(required=False, min_value=0, max_value=_MAX_ID)


class TryForm(forms.Form):
    """A text in which the library's keywords are looked for."""

    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=_MAX_TRIED_CHARACTERS,
        widget=forms.Textarea(attrs=_INPUT | {"rows": 3}),
    )
