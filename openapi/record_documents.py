"""Detection results as programs read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from openapi import downloads
from openapi.authentication import ApiCall
from openapi.download_links import download_link
from openapi.record_searches import SOURCES
from openapi.rule_documents import IMAGE, Document
from openapi.timestamps import server_time
from results import answers
from results.matches import PresentNames
from results.models import DetectionResult, Feedback

FEEDBACK = {
    "misreport": Feedback.Kind.FALSE_POSITIVE,
    "missOut": Feedback.Kind.MISSED_VIOLATION,
}
_INFO_TYPES = (answers.CUSTOM_IMAGE, answers.TEXT_IN_IMAGE, answers.LARGE_MODEL_TEXT)


def record_documents(call: ApiCall, results: Sequence[DetectionResult]) -> list[Document]:
    """Return results, each with the answer that its caller got and with feedback on it."""
    present = PresentNames.of(call.access_key.account)
    ids = [result.pk for result in results]
    findings = dict(DetectionResult.objects.filter(pk__in=ids).values_list("pk", "findings"))
    given = dict(Feedback.objects.filter(result__in=ids).values_list("result", "kind"))
    documents = []
    for result in results:
        if result.pk in findings:  # not deleted in the meantime
            result.findings = findings[result.pk]
            documents.append(_record(call, result, present) | _feedback(given.get(result.pk)))
    return documents


def _record(call: ApiCall, result: DetectionResult, present: PresentNames) -> Document:
    answer = answers.answer_of(result, _INFO_TYPES, present)
    time = server_time(result.created_at)
    url = _url(call, result)
    return {
        "RequestId": result.request_id,
        "TaskId": result.request_id,
        "DataId": result.data_id,
        "ServiceCode": result.service_code,
        "ResourceType": IMAGE,
        "RequestFrom": next(name for name, source in SOURCES.items() if source == result.source),
        "RequestTime": time,
        "GmtCreate": time,
        "Labels": ",".join(label["label"] for label in result.labels),
        "Result": [_label(label) for label in answer["Data"]["Result"]],
        "RiskLevel": result.risk_level,
        "ImageUrl": url,
        "Url": url,
        "Thumbnail": download_link(call, downloads.RESULT_THUMBNAIL, {"result": result.pk}),
        "Ext": _json(answer["Data"].get("Ext", {})),
        "ScanResult": _json(answer),
    }


def _label(label: Document) -> Document:
    """Return a returned label; here its confidence is a text."""
    shown = {"Label": label["Label"], "Description": label["Description"]}
    confidence = {"Confidence": str(label["Confidence"])} if "Confidence" in label else {}
    return shown | confidence


def _url(call: ApiCall, result: DetectionResult) -> str:
    """Return the address that the caller gave, or one of the preview if there was none."""
    if result.picture_name.lower().startswith(("http://", "https://")):
        return result.picture_name
    return download_link(call, downloads.RESULT_PREVIEW, {"result": result.pk})


def _feedback(kind: str | None) -> Document:
    return {"ExtFeedback": next((name for name, one in FEEDBACK.items() if one == kind), "")}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
