"""The actions that say which services and labels there are, and that the product is paid for."""

from __future__ import annotations

from typing import Any

from moderation.ruleset import Ruleset
from openapi.authentication import ApiCall
from openapi.callable_services import find_service
from openapi.reading import needed, text
from openapi.registry import Envelope, action
from openapi.rule_documents import (
    factory_ruleset,
    label_choices,
    label_documents,
    scene_documents,
)
from rules.models import Service


@action("GetImageSceneLabelConf", Envelope.STATUS)
def get_image_scene_label_conf(call: ApiCall) -> dict[str, Any]:
    """Return the built-in services with their labels as they are installed."""
    services = call.access_key.account.services.by_code()
    documents = [
        {
            "ServiceCode": service.code,
            "ServiceName": service.name,
            "Scenes": scene_documents(factory_ruleset(service.definition)),
        }
        for service in services
        if not service.is_copy
    ]
    return {"Data": documents}


@action("GetImageSceneLabelListConf", Envelope.BARE)
def get_image_scene_label_list_conf(call: ApiCall) -> dict[str, Any]:
    """Return the labels of one service as they are installed, in one list."""
    return {"Data": label_documents(_factory_ruleset(call, "ImageServiceCode"))}


@action("GetServiceLabelConfig", Envelope.BARE)
def get_service_label_config(call: ApiCall) -> dict[str, Any]:
    """Return the labels of one service, by which its results can be filtered."""
    return {"Data": label_choices(_factory_ruleset(call, "ServiceCode"))}


@action("QueryLabelConfig", Envelope.BARE)
def query_label_config(call: ApiCall) -> dict[str, Any]:
    """Return the labels of several services, each once; without a code those of all."""
    choices: dict[str, dict[str, Any]] = {}
    for service in _services(call, text(call, "ServiceCode")):
        for choice in label_choices(factory_ruleset(service.definition)):
            choices.setdefault(choice["Label"], choice)
    return {"ContentModeration": list(choices.values())}


@action("GetUserBuyStatus", Envelope.CODE)
def get_user_buy_status(call: ApiCall) -> dict[str, Any]:
    """Say that the product may be used; nothing is sold here."""
    return {"Data": {"Buy": True, "Indebt": False}}


def _factory_ruleset(call: ApiCall, name: str) -> Ruleset:
    service = find_service(call.access_key.account, needed(call, name))
    return factory_ruleset(service.definition)


def _services(call: ApiCall, codes: str) -> list[Service]:
    account = call.access_key.account
    if not codes:
        return list(account.services.by_code())
    return [find_service(account, code.strip()) for code in codes.split(",") if code.strip()]
