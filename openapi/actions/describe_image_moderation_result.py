"""DescribeImageModerationResult: what came of a picture that ImageAsyncModeration accepted."""

from __future__ import annotations

from typing import Any

from moderation.errors import ParameterMissing
from openapi.asynchronous.models import AsyncTask
from openapi.authentication import ApiCall
from openapi.registry import moderation_action

PROCESSING = 280
UNKNOWN = 409


@moderation_action("DescribeImageModerationResult")
def describe_result(call: ApiCall) -> dict[str, Any]:
    """Answer the result, that there is none yet, or that nothing is known of the task."""
    request_id = call.parameters.get("ReqId", "").strip().upper()
    if not request_id:
        raise ParameterMissing("ReqId is missing or empty.")
    task = find_task(call, request_id)
    if task is None:
        answer = {"Code": UNKNOWN, "Msg": "This ReqId is not known, or its result has expired."}
    elif task.state != AsyncTask.State.DONE:
        answer = {"Code": PROCESSING, "Msg": "PROCESSING"}
    else:
        answer = task.answer_body
    return answer | {"RequestId": call.request_id}


def find_task(call: ApiCall, request_id: str) -> AsyncTask | None:
    """Return the account's task of that id, in upper case."""
    if not request_id.isprintable():
        return None  # databases refuse null characters and halves of characters
    return AsyncTask.objects.filter(
        account=call.access_key.account_id, request_id=request_id
    ).first()
