"""What people may ask of the detection results."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from results.errors import SearchError
from results.feedback_models import Feedback
from results.label_list import read_labels
from results.models import DetectionResult
from results.search import ANY_FEEDBACK, ResultSearch

PAGE_SIZES = (20, 50, 100)
_INPUT = {"class": "mono", "autocomplete": "off", "spellcheck": "false"}
_MAX_LABEL_CHARACTERS = 2000
_TOO_LONG_ID = {"max_length": gettext_lazy("No ID is that long: paste one, and nothing else.")}
_TOO_LONG_LIST = {
    "max_length": gettext_lazy(
        "The list has %(show_value)s characters, and %(limit_value)s are the limit: "
        "search for fewer labels at once."
    )
}
_NO_TIME = {"invalid": gettext_lazy("Write a day or a time, such as 2026-11-28 10:05.")}
_MAX_VERSION = 2**31 - 1
_FIRST_YEAR, _LAST_YEAR = 1970, 9000  # beyond, times cannot be told in other time zones
_MINUTE_CHARACTERS = len("2026-11-28T10:05")
_CUSTOM = "custom"
_PRESETS = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7)}
_TIMES = [
    ("", gettext_lazy("All that is kept")),
    ("1h", gettext_lazy("Last hour")),
    ("24h", gettext_lazy("Last 24 hours")),
    ("7d", gettext_lazy("Last 7 days")),
    (_CUSTOM, gettext_lazy("Between two times")),
]


class MomentField(forms.DateTimeField):
    """A time in the account's zone.

    Where clocks change, a time has two readings: a start is the earlier one, an end the later. An
    end includes its minute, or its day.
    """

    def __init__(self, *, is_end: bool = False, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(required=False, widget=widget, error_messages=_NO_TIME, **kwargs)
        self.is_end = is_end

    def to_python(self, value: Any) -> datetime | None:
        """Read a date, or a time to the minute or finer."""
        text = str(value or "").strip()
        if not text:
            return None
        moment = self._parsed(text)
        if moment is None or not _FIRST_YEAR <= moment.year < _LAST_YEAR:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        if timezone.is_aware(moment):
            return moment
        zone = timezone.get_current_timezone()
        readings = [moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
        return max(readings) if self.is_end else min(readings)

    def _parsed(self, text: str) -> datetime | None:
        try:
            day, moment = parse_date(text), parse_datetime(text)
        except ValueError:  # well formed, but no such day
            return None
        if day is not None:
            moment = datetime.combine(day, datetime.min.time())
            return moment + timedelta(days=1, milliseconds=-1) if self.is_end else moment
        if moment is not None and self.is_end and len(text) <= _MINUTE_CHARACTERS:
            moment += timedelta(minutes=1, milliseconds=-1)
        return moment


class ResultFilterForm(forms.Form):
    """The filters of the list; search() says what they ask for."""

    request_id = forms.CharField(
        label=gettext_lazy("Request ID"),
        required=False,
        max_length=64,
        error_messages=_TOO_LONG_ID,
        widget=forms.TextInput(attrs={**_INPUT, "data-slash": ""}),
    )
    data_id = forms.CharField(
        label=gettext_lazy("Data ID"),
        required=False,
        max_length=64,
        error_messages=_TOO_LONG_ID,
        widget=forms.TextInput(attrs=_INPUT),
    )
    service = forms.CharField(
        label=gettext_lazy("Service"), required=False, max_length=64, widget=forms.Select
    )
    label = forms.CharField(
        label=gettext_lazy("Returned label"),
        required=False,
        max_length=_MAX_LABEL_CHARACTERS,
        error_messages=_TOO_LONG_LIST,
        widget=forms.TextInput(
            attrs={**_INPUT, "list": "labels", "placeholder": "violent_gun, pt_qrCode"}
        ),
    )
    risk = forms.MultipleChoiceField(
        label=gettext_lazy("Risk"), required=False, choices=DetectionResult.Risk.choices
    )
    time = forms.ChoiceField(label=gettext_lazy("Time"), required=False, choices=_TIMES)
    since = MomentField()
    until = MomentField(is_end=True)
    source = forms.ChoiceField(
        label=gettext_lazy("Source"),
        required=False,
        choices=[("", gettext_lazy("All sources")), *DetectionResult.Source.choices],
    )
    feedback = forms.ChoiceField(
        label=gettext_lazy("Feedback"),
        required=False,
        choices=[
            ("", gettext_lazy("With and without")),
            (ANY_FEEDBACK, gettext_lazy("Any feedback")),
            *Feedback.Kind.choices,
        ],
    )
    version = forms.IntegerField(
        label=gettext_lazy("Ruleset version"),
        required=False,
        min_value=1,
        max_value=_MAX_VERSION,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    would_hit = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, service_codes: list[str]) -> None:
        data = data.copy()
        if (data.get("since") or data.get("until")) and not data.get("time"):
            data["time"] = _CUSTOM  # links need not say so
        super().__init__(data)
        chosen = data.get("service", "")
        codes = service_codes if not chosen or chosen in service_codes else [*service_codes, chosen]
        widget = self.fields["service"].widget
        assert isinstance(widget, forms.Select)  # noqa: S101 - for the type
        zone = {"zone": timezone.get_current_timezone_name()}
        self.fields["since"].label = _("From, %(zone)s") % zone
        self.fields["until"].label = _("To, %(zone)s") % zone
        widget.choices = [("", _("All services")), *((code, code) for code in codes)]

    def clean_label(self) -> str:
        """Refuse what is no list of labels."""
        label: str = self.cleaned_data["label"]
        try:
            self.labels = read_labels(label)
        except SearchError as error:
            raise forms.ValidationError(str(error)) from error
        return label

    def clean(self) -> dict[str, Any]:
        """Refuse times that find nothing by themselves, and versions of no service."""
        if self.cleaned_data.get("time") == _CUSTOM:
            self._check_times(self.cleaned_data.get("since"), self.cleaned_data.get("until"))
        if self.cleaned_data.get("version") and not self.cleaned_data.get("service"):
            self.add_error(
                "version", _("Versions are numbered for each service: choose a service as well.")
            )
        return self.cleaned_data

    def _check_times(self, since: datetime | None, until: datetime | None) -> None:
        kept = timezone.localtime() - timedelta(days=settings.RESULT_LIFETIME_DAYS)
        first = kept.replace(hour=0, minute=0, second=0, microsecond=0)
        for name, moment in (("since", since), ("until", until)):
            if moment is not None and moment < first:
                self.add_error(
                    name,
                    _("Results are kept for %(days)s days: choose a time from %(first)s on.")
                    % {
                        "days": settings.RESULT_LIFETIME_DAYS,
                        "first": date_format(first, "Y-m-d"),
                    },
                )
        if since is not None and until is not None and until < since:
            self.add_error("until", _("The end is before the start: exchange the two times."))

    def search(self) -> ResultSearch:
        """Return what every filled field asks for; call it on a valid form."""
        asked = self.cleaned_data
        since, until = self._times()
        return ResultSearch(
            request_id=asked["request_id"],
            data_id=asked["data_id"],
            service_code=asked["service"],
            labels=self.labels,
            risk_levels=frozenset(asked["risk"]),
            since=since,
            until=until,
            source=asked["source"],
            feedback=asked["feedback"],
            ruleset_version=asked["version"],
        )

    def _times(self) -> tuple[datetime | None, datetime | None]:
        time: str = self.cleaned_data["time"]
        if time == _CUSTOM:
            return self.cleaned_data["since"], self.cleaned_data["until"]
        return (timezone.now() - _PRESETS[time] if time else None), None


class SavedSearchForm(forms.Form):
    """The name of a saved search."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )


class PlaceForm(forms.Form):
    """Which page of the list, how long it is, and which result is open beside it."""

    before = forms.IntegerField(required=False, min_value=0)
    after = forms.IntegerField(required=False, min_value=0)
    size = forms.TypedChoiceField(
        required=False, coerce=int, choices=[(size, size) for size in PAGE_SIZES]
    )
    open = forms.CharField(required=False, max_length=64)

    @property
    def page_size(self) -> int:
        """Return how many results a page has; call it after is_valid()."""
        return self.cleaned_data.get("size") or PAGE_SIZES[0]
