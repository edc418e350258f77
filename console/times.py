"""Days and moments in an account's time zone."""

from __future__ import annotations

from datetime import date, datetime, time, tzinfo

from django.utils.timezone import make_aware


def start_of(day: date) -> datetime:
    """Return when a day begins in the current time zone."""
    return make_aware(datetime.combine(day, time.min))


def exported(moment: datetime, zone: tzinfo) -> str:
    """Return a moment as exports have it, to the second in the time zone of whoever asked."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
