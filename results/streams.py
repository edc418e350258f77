"""The queries behind a search: streams of results, which results.merging merges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from console.models import Account
from moderation.risk import RiskLevel
from moderation.verdict import EXEMPT_LABEL, NO_LABEL
from results.feedback_models import Feedback
from results.ids import first_id_of
from results.label_list import LabelList
from results.models import DetectionResult, ResultLabel

if TYPE_CHECKING:
    from results.search import ResultSearch

Stream = QuerySet[Any, Any]
_HITS = frozenset(level.value for level in RiskLevel) - {RiskLevel.NONE.value}
_SAFE = RiskLevel.NONE.value
# Spelled out in the SQL: SQLite plans anew whenever a parameter might decide about an index of
# some rows alone.
_SAFE_SPELLED = RawSQL("'none'", ())
_SOURCES_SPELLED = {
    source: RawSQL(f"'{source}'", ())  # noqa: S611 - ours
    for source in DetectionResult.Source.values
}
_SAFE_LABELS = (NO_LABEL, EXEMPT_LABEL)  # one of them is all that a safe result returns
_NEVER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Streams:
    """Streams whose union is what a search finds.

    parts: each row has a found_id, of a result, and its risk_level; they are not sorted yet.
    overlap: a result may be in several of them.
    """

    parts: list[Stream]
    overlap: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Ids between two others, which are not in it."""

    above: int
    below: int = _NEVER


def kept_since(since: datetime | None, until: datetime | None) -> Span:
    """Return the ids of results that are kept and lie between two times, both included."""
    oldest = timezone.now() - timedelta(days=settings.RESULT_LIFETIME_DAYS)
    first = oldest if since is None else max(since, oldest)
    below = _NEVER if until is None else first_id_of(until + timedelta(milliseconds=1))
    return Span(first_id_of(first) - 1, below)


def streams_of(account: Account, search: ResultSearch, span: Span) -> Streams:
    """Return the streams of what a search finds."""
    if not search.labels.wanted or _is_narrow(search):
        return Streams(_disjoint(account, search, span))
    risk_levels = search.risk_levels or _HITS | {_SAFE}
    wanted = [label for label in search.labels.wanted if _may_have(label, risk_levels)]
    return Streams(_labelled(account, search, span, wanted), overlap=True)


def _is_narrow(search: ResultSearch) -> bool:
    """Say whether so few results come into question that each can be looked at."""
    is_test = search.source == DetectionResult.Source.TEST
    is_one = bool(search.request_id or search.data_id)
    return is_one or is_test or bool(search.feedback) or search.result_ids is not None


def _disjoint(account: Account, search: ResultSearch, span: Span) -> list[Stream]:
    asked = search.risk_levels or _HITS | {_SAFE}
    excludes_safe = NO_LABEL in search.labels.excluded
    is_any_risk = asked == _HITS | {_SAFE}
    if (
        _is_narrow(search)
        or search.ruleset_version is not None
        or (is_any_risk and not excludes_safe)
    ):
        return [_results(account, search, span)]
    hits = _hits(account, search, span, asked & _HITS)
    if excludes_safe:
        return hits + _exempted(account, search, span, asked)
    return hits + (_safe(account, search, span) if _SAFE in asked else [])


def _may_have(label: str, risk_levels: frozenset[str]) -> bool:
    """Say whether any result of these risks can have the label."""
    return bool(risk_levels & (_HITS if label not in _SAFE_LABELS else {_SAFE}))


def _hits(
    account: Account, search: ResultSearch, span: Span, risk_levels: frozenset[str]
) -> list[Stream]:
    # They have no safe labels, so that those need not be looked for in every one of them.
    excluded = tuple(label for label in search.labels.excluded if label not in _SAFE_LABELS)
    search = replace(search, labels=replace(search.labels, excluded=excluded))
    of_each = [replace(search, risk_levels=frozenset({risk})) for risk in sorted(risk_levels)]
    if risk_levels == _HITS:
        of_each = [replace(search, risk_levels=frozenset())]
    # SQLite takes an index of hits alone only if its condition is asked for.
    return [_results(account, one, span).exclude(risk_level=_SAFE_SPELLED) for one in of_each]


def _safe(account: Account, search: ResultSearch, span: Span) -> list[Stream]:
    if search.labels.excluded:
        return [_results(account, replace(search, risk_levels=frozenset({_SAFE})), span)]
    return _labelled(account, search, span, _SAFE_LABELS)


def _exempted(
    account: Account, search: ResultSearch, span: Span, asked: frozenset[str]
) -> list[Stream]:
    """Return safe results with a label other than nonLabel."""
    if _SAFE not in asked or EXEMPT_LABEL in search.labels.excluded:
        return []
    return _labelled(account, search, span, [EXEMPT_LABEL])


def _results(account: Account, search: ResultSearch, span: Span) -> Stream:
    """Return the results that meet everything that is asked."""
    asked = _common(search)
    if search.feedback:  # the span goes inside, or SQLite reads all results of it
        asked["pk__in"] = _with_feedback(account, search.feedback, span)
    elif search.result_ids is None:  # beside ids a range has SQLite read all that is in it
        asked |= {"pk__gt": span.above, "pk__lt": span.below}
    results = DetectionResult.objects.filter(account=account, **asked)
    if search.request_id:
        results = results.with_request_id(search.request_id)
    if search.data_id:
        results = results.filter(data_id=search.data_id)
    if search.result_ids is not None:
        within = [pk for pk in search.result_ids if span.above < pk < span.below]
        results = results.filter(pk__in=within)
    results = results.filter(*_asked_of_labels(search.labels))
    return results.order_by().annotate(found_id=F("pk"))


def _asked_of_labels(asked: LabelList) -> list[Exists | Q]:
    labels = ResultLabel.objects.filter(result=OuterRef("pk"))
    conditions: list[Exists | Q] = []
    if asked.wanted:
        conditions.append(Exists(labels.filter(label__in=asked.wanted)))
    if asked.excluded:
        has_another = Q(Exists(labels.exclude(label__in=asked.excluded)))
        if not set(asked.excluded) & set(_SAFE_LABELS):  # most need no look at their labels
            has_another = Q(risk_level=_SAFE_SPELLED) | has_another
        conditions.append(has_another)
    return conditions


def _with_feedback(account: Account, kind: str, span: Span) -> QuerySet[Feedback, int]:
    feedback = Feedback.objects.filter(
        account=account, result__gt=span.above, result__lt=span.below
    ).order_by()
    if kind in Feedback.Kind:
        feedback = feedback.filter(kind=kind)
    return feedback.values_list("result_id", flat=True)


def _labelled(
    account: Account, search: ResultSearch, span: Span, labels: Iterable[str]
) -> list[Stream]:
    """Return the results with each label, which meet everything that labels can be asked."""
    rows = ResultLabel.objects.filter(
        account=account, result__gt=span.above, result__lt=span.below, **_common(search)
    ).annotate(found_id=F("result_id"))
    return [rows.filter(label=label) for label in labels]


def _common(search: ResultSearch) -> dict[str, Any]:
    """Return what results and their labels are asked alike."""
    asked: dict[str, Any] = {}
    if search.service_code:
        asked["service_code"] = search.service_code
    if search.ruleset_version is not None:
        asked["ruleset_version"] = search.ruleset_version
    if len(search.risk_levels) == 1:
        [asked["risk_level"]] = search.risk_levels
    elif search.risk_levels:
        asked["risk_level__in"] = sorted(search.risk_levels)
    if search.source:
        asked["source"] = _SOURCES_SPELLED[search.source]
    return asked
