"""The parameters of an action, read as what they are meant to be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone

from moderation.errors import ParameterInvalid, ParameterMissing
from openapi.authentication import ApiCall
from openapi.parameters import read_json_object

MAX_PAGE_SIZE = 100
_MAX_DIGITS = 18  # such numbers fit the database's 64 bits
_MAX_PAGE = 10**9
_TRUE, _FALSE = frozenset({"true", "1"}), frozenset({"false", "0", ""})
_YEARS = range(1970, 9000)  # near the ends of the calendar, times cannot be reckoned with
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_Row = TypeVar("_Row", bound=Model)


def text(call: ApiCall, name: str) -> str:
    """Return a parameter without the spaces around it, empty if it is not there.

    Raises ParameterInvalid for null characters and halves of characters, which databases refuse.
    """
    value = call.parameters.get(name, "").strip()
    if _UNSTORABLE.search(value):
        raise ParameterInvalid(f"{name} has characters that cannot be stored.")
    return value


def needed(call: ApiCall, name: str) -> str:
    """Return a parameter; raises ParameterMissing if it is not there or empty."""
    value = text(call, name)
    if not value:
        raise ParameterMissing(f"{name} is missing or empty.")
    return value


def integer(call: ApiCall, name: str, default: int) -> int:
    """Return a number from 0 on; raises ParameterInvalid."""
    value = text(call, name)
    return read_number(name, value) if value else default


def read_number(name: str, value: str) -> int:
    """Read decimal digits; raises ParameterInvalid for anything else, or too many."""
    if not (value.isascii() and value.isdecimal() and len(value) <= _MAX_DIGITS):
        raise ParameterInvalid(f"{name} {value[:40]!r} is no whole number from 0 on.")
    return int(value)


def boolean(call: ApiCall, name: str) -> bool:
    """Return a truth value, false if it is not there; raises ParameterInvalid."""
    value = text(call, name).lower()
    if value not in _TRUE | _FALSE:
        raise ParameterInvalid(f"{name} must be true or false.")
    return value in _TRUE


def moment(call: ApiCall, name: str, *, is_end: bool = False) -> datetime | None:
    """Return a time in the time zone of the server, None if it is not there.

    is_end: of a span, the last of the second or of the day that is named, not the first.

    Raises ParameterInvalid.
    """
    value = text(call, name)
    if not value:
        return None
    try:
        if _DAY.fullmatch(value):
            day = datetime.strptime(value, "%Y-%m-%d")  # noqa: DTZ007 - made aware below
            naive = datetime.combine(day, time.max if is_end else time.min)
        else:
            naive = datetime.strptime(value, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - likewise
            naive = naive.replace(microsecond=999_999 if is_end else 0)
    except ValueError:
        naive = datetime.min  # noqa: DTZ901 - refused below
    if naive.year not in _YEARS:
        raise ParameterInvalid(f"{name} {value[:40]!r} is no time such as 2026-01-31 08:00:00.")
    return timezone.make_aware(naive, timezone.get_default_timezone())


def json_texts(call: ApiCall, name: str) -> dict[str, str]:
    """Return a JSON object of texts, empty if it is not there; raises ParameterInvalid.

    Names are in lower case; numbers count as texts, and what is empty as absent.
    """
    value = text(call, name)
    values = read_json_object(name, value) if value else {}
    texts: dict[str, str] = {}
    for key, one in values.items():
        if not isinstance(one, str | int | None) or isinstance(one, bool):
            raise ParameterInvalid(f"{name}.{key[:40]} must be a text.")
        stripped = "" if one is None else str(one).strip()
        if not stripped.isprintable():
            raise ParameterInvalid(f"{name}.{key[:40]} has characters that cannot be seen.")
        if stripped:
            texts[key.lower()] = stripped
    return texts


def find_row(call: ApiCall, name: str, rows: QuerySet[_Row]) -> _Row:
    """Return the row whose id a parameter is.

    rows: only those of the caller's account, so that others do not exist for it.

    Raises ParameterMissing or ParameterInvalid.
    """
    value = needed(call, name)
    row = rows.filter(pk=read_number(name, value)).first()
    if row is None:
        raise ParameterInvalid(f"{name} {value} is not known.")
    return row


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a list a call asks for; number from 1 on."""

    number: int
    size: int

    def of(self, rows: QuerySet[_Row]) -> QuerySet[_Row]:
        """Return the rows of the page; none if it is beyond the last."""
        start = (self.number - 1) * self.size
        return rows[start : start + self.size]


def read_page(call: ApiCall, *, default_size: int = 10) -> Page:
    """Read CurrentPage and PageSize; raises ParameterInvalid."""
    number = integer(call, "CurrentPage", 1)
    size = integer(call, "PageSize", default_size)
    if not (1 <= size <= MAX_PAGE_SIZE and 1 <= number <= _MAX_PAGE):
        raise ParameterInvalid(f"CurrentPage starts at 1, PageSize is 1 to {MAX_PAGE_SIZE}.")
    return Page(number, size)


def is_ascending(call: ApiCall, *fields: str) -> bool:
    """Read Sort, such as {"GmtCreate":"desc"}; descending if it is not there.

    fields: by which the list can be sorted, in one and the same order.

    Raises ParameterInvalid.
    """
    value = text(call, "Sort")
    if not value:
        return False
    try:
        sort = json.loads(value)
    except (ValueError, RecursionError):
        sort = None
    if not isinstance(sort, Mapping) or len(sort) > 1:
        raise ParameterInvalid('Sort must be a JSON object such as {"GmtCreate":"desc"}.')
    for field, direction in sort.items():
        return _is_ascending(field, direction, fields)
    return False


def _is_ascending(field: str, direction: Any, fields: Sequence[str]) -> bool:
    known = {name.lower() for name in fields}
    if field.lower() not in known or str(direction).lower() not in ("asc", "desc"):
        raise ParameterInvalid(f"Sort takes one of {', '.join(fields)}, asc or desc.")
    return str(direction).lower() == "asc"
