"""ImageBatchModeration: moderates one picture with several services and answers at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moderation.risk import RiskLevel, highest
from moderation.verdict import NO_LABEL
from openapi.authentication import ApiCall
from openapi.moderation_calls import read_moderation_call, submission_of
from openapi.registry import moderation_action
from results import answers, services

Label = dict[str, Any]
_PARTS = ("Result", "RiskLevel", "Ext")


@moderation_action("ImageBatchModeration")
def moderate_image_with_several(call: ApiCall) -> dict[str, Any]:
    """Moderate one picture with each of the services; raises ModerationError as documented."""
    moderation_call = read_moderation_call(call, takes_several=True)
    results = services.moderate_each(
        services=moderation_call.services, submission=submission_of(moderation_call)
    )
    parameters = moderation_call.parameters
    parts = [answers.answer_of(result, parameters.info_types)["Data"] for result in results]
    data = {
        "Result": union(label for part in parts for label in part["Result"]),
        "RiskLevel": highest(RiskLevel(part["RiskLevel"]) for part in parts).value,
        "Results": [
            _part(code, part) for code, part in zip(moderation_call.codes, parts, strict=True)
        ],
    }
    if parameters.data_id:
        data["DataId"] = parameters.data_id
    return {"Code": 200, "Msg": "OK", "RequestId": call.request_id, "Data": data}


def _part(code: str, data: dict[str, Any]) -> dict[str, Any]:
    parts = {name: data[name] for name in data if name in _PARTS}
    return {"Service": code} | parts


def union(labels: Iterable[Label]) -> list[Label]:
    """Return each label once, at its most serious; nonLabel only if there is nothing else."""
    by_code: dict[str, Label] = {}
    for label in sorted(labels, key=_seriousness, reverse=True):
        by_code.setdefault(label["Label"], label)
    found = [label for code, label in by_code.items() if code != NO_LABEL]
    return found or list(by_code.values())


def _seriousness(label: Label) -> tuple[int, float]:
    return RiskLevel(label["RiskLevel"]).rank, label.get("Confidence", 0.0)
