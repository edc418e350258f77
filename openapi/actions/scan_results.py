"""The actions that search the detection results and give feedback on them."""

from __future__ import annotations

from typing import Any

from moderation.errors import ParameterInvalid
from openapi.authentication import ApiCall
from openapi.errors import GatewayError
from openapi.reading import is_ascending, json_texts, moment, needed, read_page, text
from openapi.record_documents import FEEDBACK, SOURCES, record_documents
from openapi.registry import Envelope, action
from openapi.rule_documents import IMAGE
from results import search
from results.feedback import give_feedback
from results.label_list import read_labels
from results.models import DetectionResult
from results.search import ResultSearch

_QUERY = frozenset({"requestid", "dataid", "servicecode", "labels", "risklevel", "requestfrom"})
_RISK_LEVELS = frozenset(DetectionResult.Risk.values)


@action("GetScanResult", Envelope.STATUS)
def get_scan_result(call: ApiCall) -> dict[str, Any]:
    """Search the results that are kept, newest first."""
    asked = read_search(call)
    page = read_page(call)
    results, found = search.numbered_page(
        call.access_key.account,
        asked,
        number=page.number,
        size=page.size,
        newest_first=not is_ascending(call, "GmtCreate", "RequestTime"),
    )
    data = {
        "Items": record_documents(call, results),
        "CurrentPage": page.number,
        "PageSize": page.size,
        "TotalCount": found.count,
    }
    return {"Data": data}


@action("UpdateScanResultFeedback", Envelope.BARE)
def update_scan_result_feedback(call: ApiCall) -> dict[str, Any]:
    """Say that a result is wrong; it replaces what was said of it before."""
    request_id, kind = needed(call, "QueryRequestId"), needed(call, "Feedback")
    known = {name.lower(): one for name, one in FEEDBACK.items()}
    if kind.lower() not in known:
        raise ParameterInvalid(f"Feedback must be one of {', '.join(FEEDBACK)}.")
    level = text(call, "RiskLevel").lower()
    if level and level not in _RISK_LEVELS:
        raise ParameterInvalid(f"RiskLevel must be one of {', '.join(sorted(_RISK_LEVELS))}.")
    result = _find_result(call, request_id)
    give_feedback(
        result=result,
        kind=known[kind.lower()],
        author=call.access_key,
        labels=_labels(text(call, "Labels")),
        note=f"Should have been {level}." if level else "",
    )
    return {"Data": True}


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
    if unknown := levels - _RISK_LEVELS:
        raise ParameterInvalid(f"There is no RiskLevel {min(unknown)[:40]!r}.")
    return levels


def _source(text: str) -> str:
    if text and text.lower() not in SOURCES:
        raise ParameterInvalid(f"RequestFrom must be one of {', '.join(SOURCES)}.")
    return SOURCES[text.lower()] if text else ""


def _labels(text: str) -> list[str]:
    return [label.strip() for label in text.split(",") if label.strip()]


def _find_result(call: ApiCall, request_id: str) -> DetectionResult:
    found: DetectionResult | None = None
    if request_id.isprintable():  # databases refuse null characters and halves of characters
        found = call.access_key.account.results.with_request_id(request_id).first()
    if found is None:
        message = f"There is no record {request_id[:64]!r}, or it has expired."
        raise GatewayError(404, "NotFound", message)
    return found
