"""The actions that read and save the rules of a service."""

from __future__ import annotations

from typing import Any

from moderation.errors import ParameterInvalid, ParameterMissing, ParameterTooLong
from moderation.ruleset import Ruleset
from openapi.authentication import ApiCall
from openapi.callable_services import find_service
from openapi.parameters import read_json_object
from openapi.reading import boolean, needed, text
from openapi.registry import Envelope, action
from openapi.rule_changes import read_ids, read_manual_review, read_policies
from openapi.rule_documents import (
    IMAGE,
    configuration_document,
    detection_type_of,
    factory_ruleset,
    labels_of,
)
from openapi.timestamps import server_time
from rules.changes import FLAGGED_FOR_TEXT, MANUAL_REVIEW, ConfigurationChange
from rules.client_tokens import MAX_TOKEN_CHARACTERS
from rules.models import Service
from rules.services import save_configuration


@action("GetServiceConf", Envelope.CODE)
def get_service_conf(call: ApiCall) -> dict[str, Any]:
    """Return all that a service's rules say, or what they say once it is installed."""
    service = _service(call)
    scene = text(call, "Scene")
    version = service.newest_version
    by_default = boolean(call, "ByDefault")
    ruleset = factory_ruleset(service.definition) if by_default else version.ruleset
    only = _detection_type(ruleset, scene) if scene else None
    return {
        "ServiceCode": service.code,
        "ResourceType": IMAGE,
        "Uid": call.access_key.account.uid,
        "GmtModified": server_time(version.created_at),
        "CustomServiceConf": configuration_document(ruleset, only=only),
    }


@action("GetServiceConfig", Envelope.CODE)
def get_service_config(call: ApiCall) -> dict[str, Any]:
    """Return the part of a service's rules that is about vocabularies and manual review."""
    service = _service(call)
    version = service.newest_version
    flagged = service.kept_settings.get(FLAGGED_FOR_TEXT, [])
    there = set(service.account.vocabularies.filter(pk__in=flagged).values_list("pk", flat=True))
    configuration = {
        "KeywordFilterLibs": [str(pk) for pk in sorted(version.ruleset.ignored_vocabulary_ids)],
        "KeywordHitLibs": [str(pk) for pk in flagged if pk in there],
        "SimilarTextHitLibs": [],
    }
    if (manual_review := service.kept_settings.get(MANUAL_REVIEW)) is not None:
        configuration["ManualMachineConfig"] = manual_review
    data = {
        "ServiceCode": service.code,
        "ResourceType": IMAGE,
        "Uid": call.access_key.account.uid,
        "GmtModified": server_time(version.created_at),
        "CustomServiceConf": configuration,
    }
    return {"Data": data}


@action("UpdateServiceConfig", Envelope.STATUS)
def update_service_config(call: ApiCall) -> dict[str, Any]:
    """Save what is sent on top of the newest rules, all or nothing; the rest stays as it is."""
    service = _service(call)
    token = text(call, "ClientToken")
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise ParameterTooLong(f"ClientToken has more than {MAX_TOKEN_CHARACTERS} characters.")
    save_configuration(
        service=service,
        change=_read_change(call, service),
        author=call.access_key,
        comment=f"{call.action} {call.request_id}",
        token=token,
        dry_run=boolean(call, "DryRun"),
    )
    return {"Data": True}


def _service(call: ApiCall) -> Service:
    return find_service(call.access_key.account, needed(call, "ServiceCode"))


def _read_change(call: ApiCall, service: Service) -> ConfigurationChange:
    kept: dict[str, Any] = {}
    if hits := text(call, "KeywordHitLibs"):
        kept[FLAGGED_FOR_TEXT] = read_ids("KeywordHitLibs", hits)
    if review := text(call, "ManualMachineConfig"):
        kept[MANUAL_REVIEW] = read_manual_review(read_json_object("ManualMachineConfig", review))
    ignored = text(call, "KeywordFilterLibs")
    return ConfigurationChange(
        policies=_read_scene_config(call, service),
        ignored_vocabulary_ids=frozenset(read_ids("KeywordFilterLibs", ignored))
        if ignored
        else None,
        kept_settings=kept,
    )


def _read_scene_config(call: ApiCall, service: Service) -> dict[str, dict[str, Any]]:
    config, scene = text(call, "SceneConfig"), text(call, "Scene")
    if not config:
        return {}
    if not scene:
        raise ParameterMissing("SceneConfig needs Scene.")
    ruleset = service.newest_version.ruleset
    labels = labels_of(ruleset, _detection_type(ruleset, scene))
    return read_policies(scene, labels, read_json_object("SceneConfig", config))


def _detection_type(ruleset: Ruleset, scene: str) -> str:
    code = detection_type_of(scene)
    if code is None or not labels_of(ruleset, code):
        raise ParameterInvalid(f"{ruleset.service} has no scene {scene[:40]!r}.")
    return code
