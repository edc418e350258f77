"""What programs want changed in a service's rules, read from the JSON that they send."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from moderation.errors import ParameterInvalid
from openapi.reading import read_number
from openapi.rule_documents import Document

_MAX_SCORE_DECIMALS = 2


def read_ids(name: str, text: str) -> list[int]:
    """Read ids from a JSON list, or with commas between them; raises ParameterInvalid."""
    try:
        value = json.loads(text if text.startswith("[") else f"[{text}]")
    except (ValueError, RecursionError):
        value = None
    return _read_id_list(name, value)


def _read_id_list(name: str, value: Any) -> list[int]:
    if not isinstance(value, list):
        raise ParameterInvalid(f"{name} must be a list of ids.")
    return [_read_id(name, one) for one in value]


def _read_id(name: str, value: Any) -> int:
    return read_number(name, str(value).strip() if isinstance(value, str | int) else "")


def read_policies(
    scene: str, labels_of_scene: frozenset[str], config: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Read SceneConfig: by label, the values of its policy that shall change.

    scene: as the program named it.

    Raises ParameterInvalid.
    """
    entries = _value(config, "Labels", [])
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise ParameterInvalid("SceneConfig.Labels must be a list of objects.")
    policies: dict[str, dict[str, Any]] = {}
    for entry in entries:
        label = _value(entry, "Label")
        if not isinstance(label, str) or label not in labels_of_scene:
            raise ParameterInvalid(f"Scene {scene[:40]!r} has no label {str(label)[:64]!r}.")
        policies.setdefault(label, {}).update(_read_policy(label, entry))
    return policies


def _read_policy(label: str, entry: Document) -> dict[str, Any]:
    if _value(entry, "Items", []) not in (None, []):
        raise ParameterInvalid(f"{label} has no items; it is switched as a whole.")
    values = {}
    for name, (field, read) in _FIELDS.items():
        value = _value(entry, name)
        if value is not None:
            values[field] = read(f"{label}: {name}", value)
    return values


def _read_switch(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ParameterInvalid(f"{name} must be true or false.")
    return value


def _read_score(name: str, value: Any) -> float:
    """Read a score; whether it is in range and in order is the service's to say."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    score = Decimal(str(value) if is_number else "NaN")
    exponent = score.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -_MAX_SCORE_DECIMALS:  # a letter: not finite
        raise ParameterInvalid(f"{name} must be a number with at most two decimals.")
    return float(score)


def _read_library(name: str, value: Any) -> int | None:
    ids = _read_id_list(name, value)
    if len(ids) > 1:
        raise ParameterInvalid(f"{name} takes one library, not {len(ids)}.")
    return ids[0] if ids else None


_FIELDS: Mapping[str, tuple[str, Callable[[str, Any], Any]]] = {
    "Enabled": ("enabled", _read_switch),
    "MediumScore": ("medium_risk_score", _read_score),
    "HighScore": ("high_risk_score", _read_score),
    "ImageLibs": ("image_library_id", _read_library),
    "KeywordLibs": ("vocabulary_id", _read_library),
}


def read_manual_review(config: Mapping[str, Any]) -> Document:
    """Read ManualMachineConfig, which is only kept and returned; raises ParameterInvalid."""
    enable = _value(config, "Enable")
    service = _value(config, "ManualService")
    levels = _value(config, "AuditRiskLevels")
    callback = _value(config, "CallbackId")
    if not isinstance(enable, bool | None) or not isinstance(service, str | None):
        raise ParameterInvalid("ManualMachineConfig: Enable is a boolean, ManualService a text.")
    if levels is not None and not (isinstance(levels, list) and set(map(str, levels)) <= _LEVELS):
        raise ParameterInvalid(f"AuditRiskLevels must be a list of {', '.join(sorted(_LEVELS))}.")
    if callback is not None:
        callback = _read_id("CallbackId", callback)
    values = {
        "Enable": enable,
        "ManualService": service,
        "AuditRiskLevels": levels,
        "CallbackId": callback,
    }
    return {name: value for name, value in values.items() if value is not None}


_LEVELS = frozenset({"high", "medium", "low", "none"})


def _value(values: Mapping[str, Any], name: str, default: Any = None) -> Any:
    """Return a value under its name, whose first letter may be a small one."""
    return values.get(name, values.get(name[0].lower() + name[1:], default))
