"""The dates of signed calls, which must be close to now."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.utils import timezone

from openapi.errors import GatewayError

MAX_DISTANCE = timedelta(minutes=15)
FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_SHAPE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def server_time(moment: datetime) -> str:
    """Return a time as the actions of 2022-09-26 write it, in the time zone of the server."""
    return moment.astimezone(timezone.get_default_timezone()).strftime("%Y-%m-%d %H:%M:%S")


def check_date(text: str, now: datetime) -> None:
    """Raise GatewayError unless text is a date of the form 2026-01-31T08:00:00Z close to now."""
    date = _read(text)
    if date is None:
        message = f"The date {text[:40]!r} is not of the form 2026-01-31T08:00:00Z, UTC."
        raise GatewayError(400, "InvalidTimeStamp.Format", message)
    if abs(now - date) > MAX_DISTANCE:
        message = (
            f"The date {text} is more than 15 minutes off; it is {now.strftime(FORMAT)} here."
            " Set the clock of the machine that calls."
        )
        raise GatewayError(400, "InvalidTimeStamp.Expired", message)


def _read(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if _SHAPE.fullmatch(text) else None
    except ValueError:  # such as the 31st of February
        return None
