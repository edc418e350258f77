"""The actions that search the detection results and give feedback on them."""

from __future__ import annotations

from typing import Any

from moderation.errors import ParameterInvalid
from openapi import downloads
from openapi.authentication import ApiCall
from openapi.download_links import download_link
from openapi.errors import GatewayError
from openapi.reading import is_ascending, needed, read_page, text
from openapi.record_documents import FEEDBACK, record_documents
from openapi.record_searches import RISK_LEVELS, read_search, search_to_values
from openapi.registry import Envelope, action
from results import search
from results.feedback import give_feedback
from results.models import DetectionResult


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


@action("ExportScanResult", Envelope.STATUS)
def export_scan_result(call: ApiCall) -> dict[str, Any]:
    """Return where the same search can be fetched as a workbook for a while."""
    return {"Data": download_link(call, downloads.RESULTS, search_to_values(read_search(call)))}


@action("UpdateScanResultFeedback", Envelope.BARE)
def update_scan_result_feedback(call: ApiCall) -> dict[str, Any]:
    """Say that a result is wrong; it replaces what was said of it before."""
    request_id, kind = needed(call, "QueryRequestId"), needed(call, "Feedback")
    known = {name.lower(): one for name, one in FEEDBACK.items()}
    if kind.lower() not in known:
        raise ParameterInvalid(f"Feedback must be one of {', '.join(FEEDBACK)}.")
    level = text(call, "RiskLevel").lower()
    if level and level not in RISK_LEVELS:
        raise ParameterInvalid(f"RiskLevel must be one of {', '.join(sorted(RISK_LEVELS))}.")
    result = _find_result(call, request_id)
    give_feedback(
        result=result,
        kind=known[kind.lower()],
        author=call.access_key,
        labels=_labels(text(call, "Labels")),
        note=f"Should have been {level}." if level else "",
    )
    return {"Data": True}


def _labels(text: str) -> list[str]:
    return [label.strip() for label in text.split(",") if label.strip()]


def _find_result(call: ApiCall, request_id: str) -> DetectionResult:
    results = call.access_key.account.results.with_request_id(request_id)
    found: DetectionResult | None = results.first()
    if found is None:
        message = f"There is no record {request_id[:64]!r}, or it has expired."
        raise GatewayError(404, "NotFound", message)
    return found
