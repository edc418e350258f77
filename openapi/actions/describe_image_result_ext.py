"""DescribeImageResultExt: extra information of an earlier call, from the result as stored."""

from __future__ import annotations

from typing import Any

from moderation.errors import ParameterInvalid, ParameterMissing
from openapi.authentication import ApiCall
from openapi.registry import moderation_action
from openapi.service_parameters import MAX_REPEATED_CHARACTERS, info_types_of
from results import answers
from results.models import DetectionResult

UNKNOWN = 409
_INFO_TYPES = frozenset({answers.CUSTOM_IMAGE, answers.TEXT_IN_IMAGE})


@moderation_action("DescribeImageResultExt")
def describe_ext(call: ApiCall) -> dict[str, Any]:
    """Answer the parts that InfoType names, all if it names none.

    Text is there only if it was read then: for a label of the service, or because infoType said
    so.
    """
    request_id = call.parameters.get("ReqId", "").strip()
    if not request_id:
        raise ParameterMissing("ReqId is missing or empty.")
    info_types = _read_info_types(call.parameters.get("InfoType", ""))
    result = _find_result(call, request_id)
    if result is None:
        message = "This ReqId is not known, or its result has expired."
        return {"Code": UNKNOWN, "Msg": message, "RequestId": call.request_id}
    return {
        "Code": 200,
        "Msg": "OK",
        "RequestId": call.request_id,
        "Data": answers.ext_of(result, info_types),
    }


def _read_info_types(text: str) -> frozenset[str]:
    info_types = info_types_of(text)
    if unknown := info_types - _INFO_TYPES:
        raise ParameterInvalid(
            f"InfoType does not know {', '.join(sorted(unknown))[:MAX_REPEATED_CHARACTERS]};"
            f" this action takes {', '.join(sorted(_INFO_TYPES))}."
        )
    return info_types or _INFO_TYPES


def _find_result(call: ApiCall, request_id: str) -> DetectionResult | None:
    if not request_id.isprintable():
        return None  # databases refuse null characters and halves of characters
    results = DetectionResult.objects.filter(account=call.access_key.account_id)
    return results.with_request_id(request_id).first()
