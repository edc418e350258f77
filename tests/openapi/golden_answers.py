"""Answers kept word for word in golden/, with places for what differs from run to run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent / "golden"
Places = dict[str, list[Any]]


def assert_golden(name: str, answer: dict[str, Any], **places: Any) -> None:
    """Compare an answer with the file of that name.

    places: by field, the value that it has in this run, or several; the file has "@1" for the
    first of them, and so on.

    With GOLDEN=write in the environment the file is written anew; read the difference.
    """
    assert len(answer["RequestId"]) == 36
    values = {
        field: [value] if isinstance(value, str | int) else value for field, value in places.items()
    }
    shown = _with_places({**answer, "RequestId": "@1"}, values)
    path = GOLDEN / f"{name}.json"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(f"{json.dumps(shown, indent=1, ensure_ascii=False)}\n")
    assert shown == json.loads(path.read_text())


def _with_places(value: Any, places: Places, field: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _with_places(part, places, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_places(part, places, field) for part in value]
    known = places.get(field, [])
    return f"@{known.index(value) + 1}" if value in known else value
