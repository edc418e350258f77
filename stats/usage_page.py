"""What the usage page shows: totals, columns, shares of labels, services."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _

from moderation.catalogue import load_catalogue
from moderation.verdict import LIBRARY_SUFFIX
from stats.spans import Span, oldest_kept
from stats.usage import (
    Figures,
    LabelUsage,
    ServiceUsage,
    UsageQuery,
    calls_of,
    date_text,
    label_hits_of,
)


@dataclass(frozen=True, slots=True)
class Column:
    """A day, or the month that begins with it."""

    date: date
    figures: Figures


@dataclass(frozen=True, slots=True)
class LabelShare:
    """How often a label was returned; percent: of all labels that were."""

    label: str
    description: str
    hits: int
    percent: float
    percent_of_first: float

    @property
    def prefix(self) -> str:
        """Return the label's first word, which related labels have in common."""
        return self.label.partition("_")[0]


@dataclass(frozen=True, slots=True)
class ServicePart:
    """A service's part of the usage, with its own labels, most frequent first."""

    code: str
    name: str
    figures: Figures
    labels: list[LabelShare]


@dataclass(frozen=True, slots=True)
class Total:
    """A figure of the whole time, and of the time before; None if that is no longer kept.

    is_share: both are percent. is_bad: more of it is bad news.
    """

    name: str
    now: float
    before: float | None
    is_share: bool = False
    is_bad: bool = True

    @property
    def change(self) -> float | None:
        """Return by how many percent it has grown, or percentage points if it is a share."""
        if self.before is None or (not self.before and not self.is_share):
            return None
        difference = self.now - self.before
        return round(difference if self.is_share else 100 * difference / self.before, 1)

    @property
    def tone(self) -> str:
        """Say whether the change is good or bad news, if it is any."""
        if not self.is_bad or not self.change:
            return ""
        return "bad" if self.change > 0 else "good"


@dataclass(frozen=True, slots=True)
class UsagePage:
    """All figures of the page."""

    query: UsageQuery
    totals: list[Total]
    columns: list[Column]
    labels: list[LabelShare]
    services: list[ServicePart]

    @property
    def has_calls(self) -> bool:
        """Say whether there is anything to show."""
        return bool(self.services)

    @property
    def column_chart(self) -> dict[str, Any]:
        """Return the columns for the script that draws them."""
        return {
            "dates": [date_text(self.query, column.date) for column in self.columns],
            "hits": [column.figures.hits for column in self.columns],
            "misses": [column.figures.misses for column in self.columns],
            "hitsName": _("Hit risk labels"),
            "missesName": _("No risk label"),
        }

    @property
    def treemap(self) -> dict[str, Any]:
        """Return the shares of labels for the script that draws them."""
        return {
            "labels": [share.label for share in self.labels],
            "prefixes": [share.prefix for share in self.labels],
            "hits": [share.hits for share in self.labels],
        }


def usage_page(query: UsageQuery, today: date) -> UsagePage:
    """Count what the page shows, in three queries."""
    usage = calls_of(query)
    shares = label_hits_of(query)
    return UsagePage(
        query=query,
        totals=_totals(_total(usage), _before(query, today)),
        columns=_columns(query, usage),
        labels=_shares(shares),
        services=_services(query, usage, shares),
    )


def shares_of_labels(query: UsageQuery) -> list[LabelShare]:
    """Return how often each label was returned, most frequent first."""
    return _shares(label_hits_of(query))


def results_query(query: UsageQuery, today: date) -> str:
    """Return the part of an address that narrows the results to the service and the days.

    Days whose results are deleted, and days to come, are left out.
    """
    oldest = today - timedelta(days=settings.RESULT_LIFETIME_DAYS - 1)
    has_results = query.last >= oldest
    wanted = {
        "service": query.services[0] if query.services else "",
        "since": query.first.isoformat() if has_results and query.first > oldest else "",
        "until": query.last.isoformat() if has_results and query.last < today else "",
    }
    return urlencode({name: value for name, value in wanted.items() if value})


def _total(usage: list[ServiceUsage]) -> Figures:
    return sum((one.figures for one in usage), Figures())


def _totals(now: Figures, before: Figures | None) -> list[Total]:
    """Compare with a time without any call as with one that is no longer kept."""
    then = before if before and before.calls else None
    return [
        Total(_("Calls"), now.calls, then.calls if then else None, is_bad=False),
        Total(_("Hit risk labels"), now.hits, then.hits if then else None),
        Total(_("Hit rate"), now.hit_percent, then.hit_percent if then else None, is_share=True),
        Total(_("High risk"), now.high, then.high if then else None),
    ]


def _before(query: UsageQuery, today: date) -> Figures | None:
    """Return the total of the time before, unless it is no longer kept."""
    span = Span(query.first, query.last).before(by_month=query.by_month)
    if span.first < oldest_kept(today, by_month=query.by_month):
        return None
    return _total(calls_of(replace(query, first=span.first, last=span.last)))


def _columns(query: UsageQuery, usage: list[ServiceUsage]) -> list[Column]:
    """Sum up the services, for every day or month even if it has no call."""
    sums: dict[date, Figures] = defaultdict(Figures)
    for one in usage:
        sums[one.date] += one.figures
    span = Span(query.first, query.last)
    return [Column(day, sums[day]) for day in (span.months() if query.by_month else span.days())]


def _shares(usage: list[LabelUsage]) -> list[LabelShare]:
    """Sum up the services; most frequent first."""
    hits: dict[str, int] = defaultdict(int)
    for one in usage:
        hits[one.label] += one.hits
    whole, top = sum(hits.values()), max(hits.values(), default=1)
    ordered = sorted(hits.items(), key=lambda item: (-item[1], item[0]))
    return [
        LabelShare(label, description_of(label), count, 100 * count / whole, 100 * count / top)
        for label, count in ordered
    ]


def description_of(label: str) -> str:
    """Return the catalogue's name of a label, or of the one whose library set it."""
    labels = load_catalogue().labels
    known = labels.get(label) or labels.get(label.removesuffix(LIBRARY_SUFFIX))
    return known.name if known else ""


def _services(
    query: UsageQuery, usage: list[ServiceUsage], labels: list[LabelUsage]
) -> list[ServicePart]:
    """Divide the usage by service, most calls first."""
    sums: dict[str, Figures] = defaultdict(Figures)
    for one in usage:
        sums[one.service] += one.figures
    names = {service.code: service.title for service in query.account.services.all()}
    parts = [
        ServicePart(
            code,
            names.get(code, ""),
            figures,
            _shares([one for one in labels if one.service == code]),
        )
        for code, figures in sums.items()
    ]
    return sorted(parts, key=lambda part: (-part.figures.calls, part.code))
