"""What programs ask of the detection results, read, and kept in the address of an export."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from moderation.errors import ParameterInvalid
from openapi.authentication import ApiCall
from openapi.reading import json_texts, moment, needed
from openapi.rule_documents import IMAGE
from results.label_list import LabelList, read_labels
from results.models import DetectionResult
from results.search import ResultSearch

SOURCES = {"api": DetectionResult.Source.API, "online_test": DetectionResult.Source.TEST}
RISK_LEVELS = frozenset(DetectionResult.Risk.values)
_QUERY = frozenset({"requestid", "dataid", "servicecode", "labels", "risklevel", "requestfrom"})


def read_search(call: ApiCall) -> ResultSearch:
    """Read what is asked of the results.

    Raises ParameterMissing, ParameterInvalid or a SearchError.
    """
    if needed(call, "ResourceType") != IMAGE:
        raise ParameterInvalid("ResourceType must be image; nothing else is moderated here.")
    query = json_texts(call, "Query")
    if unknown := query.keys() - _QUERY:
        raise ParameterInvalid(f"Query has {sorted(unknown)[0][:40]!r}, which is not searched by.")
    return ResultSearch(
        request_id=query.get("requestid", "").upper(),
        data_id=query.get("dataid", ""),
        service_code=query.get("servicecode", ""),
        labels=read_labels(query.get("labels", "")),
        risk_levels=_risk_levels(query.get("risklevel", "")),
        source=_source(query.get("requestfrom", "")),
        since=moment(call, "StartDate"),
        until=moment(call, "EndDate", is_end=True),
    )


def _risk_levels(text: str) -> frozenset[str]:
    levels = frozenset(level.strip().lower() for level in text.split(",") if level.strip())
    if unknown := levels - RISK_LEVELS:
        raise ParameterInvalid(f"There is no RiskLevel {min(unknown)[:40]!r}.")
    return levels


def _source(text: str) -> str:
    if text and text.lower() not in SOURCES:
        raise ParameterInvalid(f"RequestFrom must be one of {', '.join(SOURCES)}.")
    return SOURCES[text.lower()] if text else ""


def search_to_values(search: ResultSearch) -> dict[str, Any]:
    """Return what read_search() read, JSON-ready."""
    return {
        "request_id": search.request_id,
        "data_id": search.data_id,
        "service_code": search.service_code,
        "wanted": search.labels.wanted,
        "excluded": search.labels.excluded,
        "risk_levels": sorted(search.risk_levels),
        "source": search.source,
        "since": search.since.isoformat() if search.since else None,
        "until": search.until.isoformat() if search.until else None,
    }


def search_of_values(values: Mapping[str, Any]) -> ResultSearch:
    """Return the search that search_to_values() wrote."""
    return ResultSearch(
        request_id=values["request_id"],
        data_id=values["data_id"],
        service_code=values["service_code"],
        labels=LabelList(wanted=tuple(values["wanted"]), excluded=tuple(values["excluded"])),
        risk_levels=frozenset(values["risk_levels"]),
        source=values["source"],
        since=_moment(values["since"]),
        until=_moment(values["until"]),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
