"""What contract.json says of each action, and whether an answer keeps to it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

CONSOLE_VERSION = "2022-09-26"
_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "dict": (dict,),
    "Any": (object,),
}


@cache
def contract() -> dict[str, Any]:
    """Return all actions by version and name."""
    text = (Path(__file__).parent / "contract.json").read_text()
    actions: dict[str, Any] = json.loads(text)
    return actions


def breaches(action: str, answer: dict[str, Any], *, version: str = CONSOLE_VERSION) -> list[str]:
    """Return where an answer has a field that the contract lacks, or another type."""
    shape = contract()[f"{version}/{action}"]["answer"]
    return _breaches(action, answer, shape)


def _breaches(path: str, value: Any, shape: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(shape, dict):
        return _breaches_of_object(path, value, shape)
    if isinstance(shape, list):
        return _breaches_of_list(path, value, shape[0])
    if shape.startswith("List["):
        return _breaches_of_list(path, value, shape.removeprefix("List[").removesuffix("]"))
    if shape.startswith("Dict["):
        return [] if isinstance(value, dict) else [f"{path} is no object"]
    is_truth = isinstance(value, bool) and shape not in ("bool", "Any")
    fits = isinstance(value, _TYPES[shape]) and not is_truth
    return [] if fits else [f"{path} is {value!r}, not {shape}"]


def _breaches_of_object(path: str, value: Any, shape: dict[str, Any]) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path} is no object"]
    found = []
    for name, part in value.items():
        if name not in shape:
            found.append(f"{path}.{name} is not in the contract")
        else:
            found += _breaches(f"{path}.{name}", part, shape[name])
    return found


def _breaches_of_list(path: str, value: Any, shape: Any) -> list[str]:
    if not isinstance(value, list):
        return [f"{path} is no list"]
    return [breach for part in value for breach in _breaches(f"{path}[]", part, shape)]
