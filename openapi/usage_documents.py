"""Usage as programs draw it: series over days or months, and shares of labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from openapi.rule_documents import Document
from results.answers import describe
from stats.spans import Span
from stats.usage import Figures, LabelUsage, ServiceUsage, UsageQuery, date_text

_Part = Callable[[Figures], int]


def service_series(query: UsageQuery, usage: Sequence[ServiceUsage], part: _Part) -> list[Document]:
    """Return one series for each called service, with a figure for every day or month."""
    return [
        {"Name": service, "Data": _data(query, _of(usage, service), part)}
        for service in _services(usage)
    ]


def dates_of(query: UsageQuery) -> list[date]:
    """Return every day, or month, that is asked for, in order."""
    span = Span(query.first, query.last)
    return list(span.months() if query.by_month else span.days())


def date_texts(query: UsageQuery) -> list[str]:
    """Return dates_of() as texts."""
    return [date_text(query, day) for day in dates_of(query)]


def totals(usage: Sequence[ServiceUsage]) -> Document:
    """Return the number of calls of each service."""
    return {service: {"Total": _calls(_of(usage, service))} for service in _services(usage)}


def label_charts(
    query: UsageQuery, usage: Sequence[ServiceUsage], labels: Sequence[LabelUsage]
) -> list[Document]:
    """Return for each called service how many calls hit, and which share each label has."""
    charts = []
    for service in _services(usage):
        of_service = _of(usage, service)
        charts.append(
            {
                "ServiceCode": service,
                "TotalCount": _calls(of_service),
                "X": date_texts(query),
                "Y": [
                    {"Name": "hit", "Data": _data(query, of_service, hits)},
                    {"Name": "nonHit", "Data": _data(query, of_service, _misses)},
                ],
                "TreeChart": _shares([one for one in labels if one.service == service]),
            }
        )
    return charts


def _shares(labels: Sequence[LabelUsage]) -> list[Document]:
    """Return the labels as they come, with their shares in percent as texts."""
    whole = sum(one.hits for one in labels)
    return [
        {
            "Name": one.label,
            "Description": describe(one.label),
            "Value": f"{100 * one.hits / whole:.2f}",
        }
        for one in labels
    ]


def _data(query: UsageQuery, usage: Iterable[ServiceUsage], part: _Part) -> list[int]:
    sums: dict[date, int] = defaultdict(int)
    for one in usage:
        sums[one.date] += part(one.figures)
    return [sums[day] for day in dates_of(query)]


def calls(figures: Figures) -> int:
    """Return the number of calls."""
    return figures.calls


def hits(figures: Figures) -> int:
    """Return the number of calls that hit a label of a risk."""
    return figures.hits


def _misses(figures: Figures) -> int:
    return figures.misses


def _calls(usage: Iterable[ServiceUsage]) -> int:
    return sum(one.figures.calls for one in usage)


def _services(usage: Iterable[ServiceUsage]) -> list[str]:
    return sorted({one.service for one in usage})


def _of(usage: Iterable[ServiceUsage], service: str) -> list[ServiceUsage]:
    return [one for one in usage if one.service == service]
