"""The actions that list, copy and rename services."""

from __future__ import annotations

from typing import Any

from console.prepared import PreparedQuery
from openapi.authentication import ApiCall
from openapi.callable_services import find_service
from openapi.reading import needed, text
from openapi.registry import Envelope, action
from openapi.rule_documents import IMAGE, IN_USE, service_document
from rules import services
from rules.models import Service

_SERVICES = PreparedQuery(
    lambda account_id: (
        Service.objects.filter(account=account_id)
        .by_code()
        .with_saved_at()
        .prefetch_related("ignored_vocabularies")
    )
)


@action("ListServiceConfigs", Envelope.CODE)
def list_service_configs(call: ApiCall) -> dict[str, Any]:
    """List the services of the account, built-in ones and copies; all moderate images."""
    resource_type, status = needed(call, "ResourceType"), text(call, "UseStatus")
    if resource_type != IMAGE or status not in ("", IN_USE):
        return {"Data": []}
    account = call.access_key.account
    return {"Data": [service_document(one, account.uid) for one in _SERVICES.of(account.pk)]}


@action("CopyServiceConfig", Envelope.BARE)
def copy_service_config(call: ApiCall) -> dict[str, Any]:
    """Copy a service under the lowest code that is free."""
    services.copy_service(
        source=find_service(call.access_key.account, needed(call, "ServiceCode")),
        code=None,
        name=needed(call, "ServiceName"),
        description=text(call, "ServiceDesc"),
        author=call.access_key,
    )
    return {"Data": True}


@action("ModifyServiceInfo", Envelope.BARE)
def modify_service_info(call: ApiCall) -> dict[str, Any]:
    """Give a service another name or description; what is not sent stays as it is."""
    services.change_service(
        service=find_service(call.access_key.account, needed(call, "ServiceCode")),
        name=call.parameters.get("ServiceName") or None,
        description=call.parameters.get("ServiceDesc"),
        author=call.access_key,
    )
    return {"Data": True}
