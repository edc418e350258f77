"""What somebody enters to test images."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.forms.models import ModelChoiceIteratorValue
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from console.models import Account
from results import answers
from rules.models import Service

MAX_URL_CHARACTERS = 2048
INFO_TYPES = (
    (answers.TEXT_IN_IMAGE, gettext_lazy("Text in the image")),
    (answers.CUSTOM_IMAGE, gettext_lazy("Library images that match")),
    (answers.PUBLIC_FIGURE, gettext_lazy("Public figures")),
    (answers.LOGO_DATA, gettext_lazy("Logos")),
    (answers.LARGE_MODEL_TEXT, gettext_lazy("Answer of the large model")),
)
_NOT_IN_URLS = re.compile(r"[^\x21-\x7e]")


class ServiceSelect(forms.Select):
    """A list of services that marks those which ask the large model."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if isinstance(value, ModelChoiceIteratorValue):
            service: Service = value.instance  # type: ignore[attr-defined] # not in the stubs
            if service.definition.uses_large_model:
                option["attrs"]["data-large-model"] = ""
        return option


class ServiceField(forms.ModelChoiceField):  # type: ignore[type-arg] # not subscriptable
    """A service by its code, shown with its name."""

    def label_from_instance(self, service: Service) -> str:
        return f"{service.code} ({_(service.name)})"


class TestForm(forms.Form):
    """A service, what its answers are to have, and the images.

    upload_count: how many files the browser is going to send, one by one.
    """

    __test__ = False

    service = ServiceField(
        label=gettext_lazy("Service"),
        queryset=Service.objects.none(),
        to_field_name="code",
        empty_label=None,
        widget=ServiceSelect,
        help_text=gettext_lazy("Tests use the rules that are live now."),
    )
    data_id = forms.CharField(
        label=gettext_lazy("Data ID"),
        required=False,
        max_length=64,
        validators=[
            RegexValidator(
                r"^[A-Za-z0-9_.-]+$",
                gettext_lazy("Use letters A to Z, digits, “_”, “-” and “.” only."),
            )
        ],
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off"}),
    )
    info_types = forms.MultipleChoiceField(
        label=gettext_lazy("Auxiliary information"),
        required=False,
        choices=INFO_TYPES,
        widget=forms.CheckboxSelectMultiple,
    )
    urls = forms.CharField(
        label=gettext_lazy("Image URLs"),
        required=False,
        help_text=gettext_lazy("One per line."),
        widget=forms.Textarea(
            attrs={
                "class": "mono",
                "rows": 3,
                "placeholder": "https://example.com/photo.jpg",
                "spellcheck": "false",
            }
        ),
    )
    upload_count = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["service"]
        assert isinstance(field, ServiceField)  # noqa: S101 - for the type
        field.queryset = account.services.by_code()

    def clean_urls(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["urls"].splitlines()]
        for number, url in enumerate(lines, start=1):
            problem = _problem_of(url) if url else ""
            if problem:
                raise forms.ValidationError(
                    _("Line %(number)s: %(problem)s") % {"number": number, "problem": problem}
                )
        return [url for url in lines if url]

    def clean(self) -> dict[str, Any]:
        """Check the count of images; leave out an answer that the service never asks for."""
        cleaned_data = super().clean() or {}
        service: Service | None = cleaned_data.get("service")
        if service and not service.definition.uses_large_model:
            asked = cleaned_data.get("info_types", [])
            cleaned_data["info_types"] = [one for one in asked if one != answers.LARGE_MODEL_TEXT]
        cleaned_data["upload_count"] = cleaned_data.get("upload_count") or 0
        if "urls" in cleaned_data:
            self._check_count(len(cleaned_data["urls"]) + cleaned_data["upload_count"])
        return cleaned_data

    def _check_count(self, count: int) -> None:
        limit = settings.ONLINE_TEST_MAX_IMAGES
        if not count:
            raise forms.ValidationError(_("Add an image: drop a file, or enter a URL."))
        if count > limit:
            raise forms.ValidationError(too_many(count))


def too_many(count: int) -> str:
    """Say that a test has too many images, and how to mend it."""
    limit = settings.ONLINE_TEST_MAX_IMAGES
    excess = count - limit
    return ngettext(
        "%(count)s images are too many for one test; %(limit)s is the limit. "
        "Take %(excess)s out and test it afterwards.",
        "%(count)s images are too many for one test; %(limit)s is the limit. "
        "Take %(excess)s out and test them afterwards.",
        excess,
    ) % {"count": count, "limit": limit, "excess": excess}


def _problem_of(url: str) -> str:
    if len(url) > MAX_URL_CHARACTERS:
        return _("the URL has %(length)s characters; %(limit)s are allowed.") % {
            "length": len(url),
            "limit": MAX_URL_CHARACTERS,
        }
    if _NOT_IN_URLS.search(url):
        return _("a URL has no spaces or letters such as Chinese ones; percent-encode them.")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return _("a URL starts with http:// or https:// and names a host.")
    return ""


class UploadForm(forms.Form):
    """One uploaded image and its place in the run.

    unsent_bytes: the size of a file that is too large to be sent; an empty one stands for it.
    """

    position = forms.IntegerField(min_value=0)
    image = forms.FileField(allow_empty_file=True, max_length=None)
    unsent_bytes = forms.IntegerField(required=False, min_value=0)

    def clean_position(self) -> int:
        position: int = self.cleaned_data["position"]
        if position >= settings.ONLINE_TEST_MAX_IMAGES:
            raise forms.ValidationError(too_many(position + 1))
        return position
