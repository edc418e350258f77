"""Spans of days and months that usage may be asked for; all dates are the account's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stats.rolling_up import KEPT_DAYS

MAX_MONTHS_BY_DAY = 2
MAX_MONTHS = 12
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Some days in a row, both ends included."""

    first: date
    last: date

    def is_longer_than(self, months: int) -> bool:
        """Say whether it goes beyond that many months, counted from its first day."""
        return self.last >= add_months(self.first, months)

    def of_whole_months(self) -> Span:
        """Return the months that it touches."""
        return Span(self.first.replace(day=1), add_months(self.last.replace(day=1), 1) - _DAY)

    def before(self, *, by_month: bool) -> Span:
        """Return as many days, or whole months, just before it."""
        if not by_month:
            return Span(self.first - (self.last - self.first + _DAY), self.first - _DAY)
        months = len(list(self.months()))
        return Span(add_months(self.first.replace(day=1), -months), self.first - _DAY)

    def days(self) -> Iterator[date]:
        """Yield every day."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)

    def months(self) -> Iterator[date]:
        """Yield the first day of every month that it touches."""
        month = self.first.replace(day=1)
        while month <= self.last:
            yield month
            month = add_months(month, 1)


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or the last day of a month that is too short."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(years, month + 1, 1)
    end = date(years + (month + 1) // 12, (month + 1) % 12 + 1, 1) - _DAY
    return first.replace(day=min(day.day, end.day))


def oldest_kept(today: date, *, by_month: bool = False) -> date:
    """Return the first day, or month, whose usage is kept."""
    oldest = today - timedelta(days=KEPT_DAYS)
    return add_months(today.replace(day=1), -MAX_MONTHS) if by_month else oldest


@dataclass(frozen=True, slots=True)
class Preset:
    """A span with a name."""

    code: str
    name: str | Promise
    span: Span


def presets(today: date, *, by_month: bool) -> list[Preset]:
    """Return the spans that the page offers; the first one is what it shows unasked."""
    month = today.replace(day=1)
    if by_month:
        names = {12: _("Last 12 months"), 6: _("Last 6 months"), 3: _("Last 3 months")}
        return [
            Preset(f"{count}m", name, Span(add_months(month, 1 - count), today).of_whole_months())
            for count, name in names.items()
        ]
    names = {30: _("Last 30 days"), 7: _("Last 7 days"), 1: _("Today")}
    days = [
        Preset(f"{count}d", name, Span(today - timedelta(days=count - 1), today))
        for count, name in names.items()
    ]
    before = Span(add_months(month, -1), month - _DAY)
    return [
        *days,
        Preset("month", _("This month"), Span(month, today)),
        Preset("last-month", _("Last month"), before),
        Preset("2m", _("Last 2 months"), Span(before.first, today)),
    ]
