"""ImageModeration: moderates one picture and answers at once."""

from __future__ import annotations

from typing import Any

from moderation.errors import ParameterMissing, PermissionMissing
from openapi.authentication import ApiCall
from openapi.callable_services import find_service
from openapi.parameters import read_json_object
from openapi.rate_limit import check_rate
from openapi.service_parameters import ServiceParameters, read_service_parameters
from results import answers, services
from results.models import DetectionResult


def moderate_image(call: ApiCall) -> dict[str, Any]:
    """Moderate one picture with one service; raises ModerationError in the documented order."""
    code = call.parameters.get("Service", "").strip()
    text = call.parameters.get("ServiceParameters", "").strip()
    if not code or not text:
        raise ParameterMissing(f"{'ServiceParameters' if code else 'Service'} is missing or empty.")
    values = read_json_object("ServiceParameters", text)
    service = find_service(call.access_key.account, code)
    uses_large_model = service.definition.uses_large_model
    check_rate(call.access_key, uses_large_model=uses_large_model)
    parameters = read_service_parameters(values, uses_large_model=uses_large_model)
    result = services.moderate(service=service, submission=_submission(call, parameters))
    return _answer(result, parameters)


def _submission(call: ApiCall, parameters: ServiceParameters) -> services.Submission:
    if not parameters.url:
        raise PermissionMissing(
            f"The bucket {parameters.bucket[:64]} is not known: this server does not take uploads"
            " yet. Send the picture's address as imageUrl."
        )
    return services.Submission(
        request_id=call.request_id,
        source=DetectionResult.Source.API,
        url=parameters.url,
        referer=parameters.referer,
        data_id=parameters.data_id,
        needs_text=answers.TEXT_IN_IMAGE in parameters.info_types,
        access_key=call.access_key,
    )


def _answer(result: DetectionResult, parameters: ServiceParameters) -> dict[str, Any]:
    answer = answers.answer_of(result, parameters.info_types)
    if parameters.account_id:
        answer["Data"]["AccountId"] = parameters.account_id
    return answer
