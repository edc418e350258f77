"""What the moderation actions have in common: the services that a call names, and its picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.models import AccessKey
from moderation.errors import ParameterInvalid, ParameterMissing
from openapi.authentication import ApiCall
from openapi.callable_services import find_live_service
from openapi.parameters import read_json_object
from openapi.rate_limit import check_rate
from openapi.service_parameters import ServiceParameters, read_service_parameters
from openapi.uploads import finding
from openapi.uploads.receiving import MAX_UPLOAD_BYTES
from results import answers, services
from results.models import DetectionResult
from rules.models import Service

MAX_SERVICES = 10


@dataclass(frozen=True, slots=True)
class ModerationCall:
    """A call of one of the moderation actions, its parameters checked.

    codes: as the caller wrote them, one for each of the services.
    values: ServiceParameters as sent, for what only some actions read.
    """

    call: ApiCall
    codes: tuple[str, ...]
    services: tuple[Service, ...]
    parameters: ServiceParameters
    values: Mapping[str, Any]

    @property
    def service(self) -> Service:
        """Return the only service of the call."""
        return self.services[0]


def read_moderation_call(call: ApiCall, *, takes_several: bool = False) -> ModerationCall:
    """Read a call and count it, once for each service; raises ModerationError as documented.

    takes_several: Service may name several services, separated by commas.
    """
    text = call.parameters.get("Service", "").strip()
    values_text = call.parameters.get("ServiceParameters", "").strip()
    if not text or not values_text:
        raise ParameterMissing(f"{'ServiceParameters' if text else 'Service'} is missing or empty.")
    values = read_json_object("ServiceParameters", values_text)
    codes = _codes(text) if takes_several else [text]
    found = tuple(find_live_service(call.access_key.account, code) for code in codes)
    for service in found:
        check_rate(call.access_key, uses_large_model=service.definition.uses_large_model)
    uses_large_model = any(service.definition.uses_large_model for service in found)
    parameters = read_service_parameters(values, uses_large_model=uses_large_model)
    return ModerationCall(call, tuple(codes), found, parameters, values)


def _codes(text: str) -> list[str]:
    """Return the services, each once, in the order asked."""
    codes = list(dict.fromkeys(code.strip() for code in text.split(",") if code.strip()))
    if not codes:
        raise ParameterMissing("Service names no service.")
    if len(codes) > MAX_SERVICES:
        raise ParameterInvalid(f"Service names {len(codes)} services; {MAX_SERVICES} are allowed.")
    return codes


def submission_of(moderation_call: ModerationCall) -> services.Submission:
    """Return what is to be moderated, by a caller who waits for it.

    Raises PermissionMissing if the caller's picture is in a bucket that is not known, and
    DownloadFailed if it is not there.
    """
    call = moderation_call.call
    return submission_for(
        moderation_call.parameters,
        account_id=call.access_key.account_id,
        request_id=call.request_id,
        access_key=call.access_key,
        patience_s=services.PATIENCE_S,
    )


def submission_for(
    parameters: ServiceParameters,
    *,
    account_id: int,
    request_id: str,
    access_key: AccessKey | None,
    patience_s: float | None = None,
) -> services.Submission:
    """Return a picture to moderate, taken from the account's uploads if it is not at a URL.

    Raises PermissionMissing and DownloadFailed as submission_of() does.
    """
    content = None
    if not parameters.url:
        content = finding.read_object(
            account_id, parameters.bucket, parameters.object_name, max_bytes=MAX_UPLOAD_BYTES
        )
    return services.Submission(
        request_id=request_id,
        source=DetectionResult.Source.API,
        content=content,
        url=parameters.url,
        name=parameters.object_name,
        referer=parameters.referer,
        data_id=parameters.data_id,
        needs_text=answers.TEXT_IN_IMAGE in parameters.info_types,
        access_key=access_key,
        patience_s=patience_s,
    )


def check_bucket(moderation_call: ModerationCall) -> None:
    """Raise PermissionMissing if the picture is in a bucket that is not known."""
    if not moderation_call.parameters.url:
        account_id = moderation_call.call.access_key.account_id
        finding.check_bucket(account_id, moderation_call.parameters.bucket)
