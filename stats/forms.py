"""What people may ask of the usage statistics."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.fields import DayField
from console.models import Account
from stats.spans import MAX_MONTHS, MAX_MONTHS_BY_DAY, Preset, Span, add_months, presets
from stats.usage import UsageQuery

_BY = (("day", gettext_lazy("By day")), ("month", gettext_lazy("By month")))


class UsageForm(forms.Form):
    """Days or months, a service, and a span: a preset, or a first and a last day."""

    by = forms.ChoiceField(choices=_BY, required=False)
    service = forms.CharField(label=gettext_lazy("Service"), required=False, max_length=64)
    period = forms.CharField(required=False, max_length=16)
    first = DayField(gettext_lazy("From"))
    last = DayField(gettext_lazy("To"))

    def __init__(self, data: QueryDict, *, account: Account, today: date) -> None:
        super().__init__(data)
        self.account = account
        self.today = today
        self.by_month = data.get("by") == "month"
        self.presets = presets(today, by_month=self.by_month)
        self.preset: Preset | None = None
        self.services = list(account.services.by_code())

    @property
    def unlisted(self) -> str:
        """Return the service if it is none of the account's now; it may have been."""
        chosen = str(self.data.get("service", ""))[:64]
        return "" if chosen in {service.code for service in self.services} else chosen

    def clean(self) -> dict[str, Any]:
        """Find the span; refuse one that is reversed or too long."""
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        self.preset = self._preset(values)
        self.span = self.preset.span if self.preset else self._own_span(values)
        if self.span.first > self.span.last:
            self.add_error("last", _("The end is before the start: exchange the two days."))
        elif self.span.is_longer_than(MAX_MONTHS if self.by_month else MAX_MONTHS_BY_DAY):
            self.add_error("last", self._too_long())
        return values

    def _preset(self, values: dict[str, Any]) -> Preset | None:
        if values["first"] or values["last"]:
            return None
        named = [preset for preset in self.presets if preset.code == values["period"]]
        return (named or self.presets)[0]

    def _own_span(self, values: dict[str, Any]) -> Span:
        """An end that is missing is today, or a month before the other."""
        last = values["last"] or self.today
        span = Span(values["first"] or add_months(last, -1), last)
        return span.of_whole_months() if self.by_month and span.first <= span.last else span

    def _too_long(self) -> str:
        if self.by_month:
            return _("By month, at most 12 months are shown at once. Choose a later start.")
        last = add_months(self.span.first, MAX_MONTHS_BY_DAY)
        return _(
            "By day, at most two months are shown at once. End before %(date)s, or look by month."
        ) % {"date": last.isoformat()}

    @property
    def query(self) -> UsageQuery:
        """Return what a valid form asks for."""
        service = self.cleaned_data["service"]
        return UsageQuery(
            account=self.account,
            first=self.span.first,
            last=self.span.last,
            by_month=self.by_month,
            services=(service,) if service else (),
        )
