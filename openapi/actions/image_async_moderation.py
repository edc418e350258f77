"""ImageAsyncModeration: leaves one picture to the worker and answers at once."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError

from moderation.errors import ParameterInvalid
from openapi.asynchronous.callback import read_callback
from openapi.authentication import ApiCall
from openapi.moderation_calls import check_bucket, read_moderation_call
from openapi.registry import moderation_action
from openapi.services import submit


@moderation_action("ImageAsyncModeration")
def moderate_image_later(call: ApiCall) -> dict[str, Any]:
    """Accept one picture for one service; raises ModerationError for its parameters only."""
    moderation_call = read_moderation_call(call)
    callback = read_callback(moderation_call.values)
    check_bucket(moderation_call)
    try:
        task = submit(moderation_call, callback)
    except IntegrityError:
        message = f"The service {moderation_call.service.code!r} has been deleted."
        raise ParameterInvalid(message) from None
    data = {"ReqId": task.request_id}
    if task.data_id:
        data["DataId"] = task.data_id
    return {"Code": 200, "Msg": "OK", "RequestId": call.request_id, "Data": data}
