"""The dates of signed calls, which must be close to now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from openapi.errors import GatewayError

MAX_DISTANCE = timedelta(minutes=15)
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_LENGTH = len("2026-01-31T08:00:00Z")


def check_date(text: str, now: datetime) -> None:
    """Raise GatewayError unless text is a date of the form 2026-01-31T08:00:00Z close to now."""
    try:
        date = datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)
    except ValueError:
        date = None
    if date is None or len(text) != _LENGTH:
        message = f"The date {text!r} is not of the form 2026-01-31T08:00:00Z, UTC."
        raise GatewayError(400, "InvalidTimeStamp.Format", message)
    if abs(now - date) > MAX_DISTANCE:
        message = (
            f"The date {text} is more than 15 minutes off; it is {now.strftime(_FORMAT)} here."
            " Set the clock of the machine that calls."
        )
        raise GatewayError(400, "InvalidTimeStamp.Expired", message)
