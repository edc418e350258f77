"""Which usage programs ask for, read, and kept in the address of an export."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from console.models import Account
from moderation.errors import ParameterInvalid
from openapi.authentication import ApiCall
from openapi.reading import boolean, moment, needed, text
from openapi.rule_documents import IMAGE
from stats.spans import MAX_MONTHS, MAX_MONTHS_BY_DAY, Span, add_months
from stats.usage import UsageQuery

_CALLS = "cip"


def read_query(call: ApiCall) -> UsageQuery:
    """Read which days, service and label are asked for; days are the account's.

    An end that is missing is today, or a month before the other.

    Raises ParameterMissing or ParameterInvalid.
    """
    if needed(call, "ResourceType") != IMAGE:
        raise ParameterInvalid("ResourceType must be image; nothing else is moderated here.")
    if text(call, "Type") not in ("", _CALLS):
        raise ParameterInvalid(f"Type must be {_CALLS}.")
    account = call.access_key.account
    if text(call, "SubUid") not in ("", account.uid):
        raise ParameterInvalid("SubUid must be the UID of the account; it has no sub-accounts.")
    by_month = boolean(call, "ByMonth")
    span = _read_span(call, account, by_month=by_month)
    service = text(call, "ServiceCode")
    return UsageQuery(
        account=account,
        first=span.first,
        last=span.last,
        by_month=by_month,
        services=(service,) if service else (),
        label=text(call, "Label"),
    )


def _read_span(call: ApiCall, account: Account, *, by_month: bool) -> Span:
    last = _read_day(call, "EndDate") or _today(account)
    span = Span(_read_day(call, "StartDate") or add_months(last, -1), last)
    if span.first > span.last:
        raise ParameterInvalid("StartDate is after EndDate.")
    if by_month:
        span = span.of_whole_months()
    months = MAX_MONTHS if by_month else MAX_MONTHS_BY_DAY
    if span.is_longer_than(months):
        raise ParameterInvalid(f"From StartDate to EndDate there are more than {months} months.")
    return span


def _read_day(call: ApiCall, name: str) -> date | None:
    """Return the day that is written, whatever the time of day."""
    read = moment(call, name)
    return read.astimezone(timezone.get_default_timezone()).date() if read else None


def _today(account: Account) -> date:
    return datetime.now(zoneinfo.ZoneInfo(account.time_zone)).date()


def query_to_values(query: UsageQuery) -> dict[str, Any]:
    """Return what read_query() read, JSON-ready, without the account."""
    return {
        "first": query.first.isoformat(),
        "last": query.last.isoformat(),
        "by_month": query.by_month,
        "services": query.services,
        "label": query.label,
    }


def query_of_values(account: Account, values: Mapping[str, Any]) -> UsageQuery:
    """Return the query that query_to_values() wrote."""
    return UsageQuery(
        account=account,
        first=date.fromisoformat(values["first"]),
        last=date.fromisoformat(values["last"]),
        by_month=values["by_month"],
        services=tuple(values["services"]),
        label=values["label"],
    )
