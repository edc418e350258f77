"""ImageModeration: moderates one picture and answers at once."""

from __future__ import annotations

from typing import Any

from openapi.authentication import ApiCall
from openapi.moderation_calls import read_moderation_call, submission_of
from openapi.registry import moderation_action
from results import answers, services


@moderation_action("ImageModeration")
def moderate_image(call: ApiCall) -> dict[str, Any]:
    """Moderate one picture with one service; raises ModerationError in the documented order."""
    moderation_call = read_moderation_call(call)
    result = services.moderate(
        service=moderation_call.service, submission=submission_of(moderation_call)
    )
    parameters = moderation_call.parameters
    answer = answers.answer_of(result, parameters.info_types)
    if parameters.account_id:
        answer["Data"]["AccountId"] = parameters.account_id
    return answer
