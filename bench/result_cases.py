"""Searches of the results page, each with the SQL that suits it best."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Count

from console.models import Account
from moderation.verdict import EXEMPT_LABEL
from results.label_list import read_labels
from results.models import DetectionResult, ResultLabel
from results.search import ResultSearch

if TYPE_CHECKING:
    from results.label_list import LabelList

SIZE = 50
_SERVICE = "baselineCheck"
_IS_HIT = "NOT (risk_level = 'none')"


@dataclass(frozen=True)
class Case:
    """A search, from an id on if one is given.

    sql: what finds its ids with the index that suits it best; each pair of parameters are the ids
    between which they lie.
    """

    name: str
    search: ResultSearch
    sql: str
    before: int | None = None


def cases(account: Account) -> Iterator[Case]:
    """Yield searches of what make_results() made."""
    some = DetectionResult.objects.exclude(data_id="").order_by("pk")[1000]
    yield Case("newest", ResultSearch(), _results(account))
    yield Case(
        "request ID",
        ResultSearch(request_id=some.request_id),
        _results(account, f"request_id = '{some.request_id}'"),
    )
    yield Case(
        "data ID",
        ResultSearch(data_id=some.data_id),
        _results(account, f"data_id = '{some.data_id}'"),
    )
    yield Case(
        "service",
        ResultSearch(service_code=_SERVICE),
        _results(account, f"service_code = '{_SERVICE}'"),
    )
    yield from _of_labels(account)
    yield Case(
        "!=nonLabel",
        ResultSearch(labels=read_labels("!=nonLabel")),
        _merged(_results(account, _IS_HIT), _labelled(account, EXEMPT_LABEL)),
    )
    yield Case(
        "high risk",
        ResultSearch(risk_levels=frozenset({"high"})),
        _results(account, "risk_level = 'high'", _IS_HIT),
    )
    yield Case("online tests", ResultSearch(source="test"), _results(account, "source = 'test'"))
    deep = DetectionResult.objects.order_by("-pk").values_list("pk", flat=True)[45_000]
    yield Case("page 45,000 deep", ResultSearch(), _results(account), before=deep)


def _of_labels(account: Account) -> Iterator[Case]:
    labels = ResultLabel.objects.filter(account=account).values_list("label", flat=True)
    by_count = list(labels.annotate(number=Count("pk")).order_by("-number"))
    five = by_count[1:6]
    common, middling, *_ = five[::2]
    for name, label in (("common", common), ("middling", middling), ("rare", by_count[-1])):
        yield Case(f"{name} label", ResultSearch(labels=_list_of(label)), _labelled(account, label))
    yield Case(
        "label of a service",
        ResultSearch(labels=_list_of(common), service_code=_SERVICE),
        _labelled(account, common, f"service_code = '{_SERVICE}'"),
    )
    yield Case(
        "five labels",
        ResultSearch(labels=_list_of(*five)),
        _merged(*(_labelled(account, label) for label in five)),
    )


def _list_of(*labels: str) -> LabelList:
    return read_labels(",".join(labels))


def _results(account: Account, *conditions: str) -> str:
    return _newest(DetectionResult, "id", account, conditions)


def _labelled(account: Account, label: str, *conditions: str) -> str:
    return _newest(ResultLabel, "result_id", account, (f"label = '{label}'", *conditions))


def _newest(
    model: type[DetectionResult | ResultLabel],
    column: str,
    account: Account,
    conditions: tuple[str, ...],
) -> str:
    """Return what finds one id more than a page has, so that it knows of the next one."""
    asked = " AND ".join((f"account_id = {account.pk}", *conditions))
    return (
        f"SELECT {column} AS found FROM {model._meta.db_table} WHERE {asked}"
        f" AND {column} > %s AND {column} < %s ORDER BY {column} DESC LIMIT {SIZE + 1}"
    )


def _merged(*selects: str) -> str:
    """Merge as the database in use does it without reading more than it needs."""
    newest = f" ORDER BY found DESC LIMIT {SIZE + 1}"
    if connection.vendor == "sqlite":
        return " UNION ".join(select.partition(" ORDER BY")[0] for select in selects) + newest
    union = " UNION ALL ".join(f"({select})" for select in selects)
    return f"SELECT DISTINCT ON (found) found FROM ({union}) AS merged{newest}"
