"""The parameters of an action, wherever in the request they were."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moderation.errors import ParameterInvalid
from openapi.errors import invalid_parameter
from openapi.wire import WireRequest

JSON = "application/json"


def merge_parameters(request: WireRequest) -> Mapping[str, str]:
    """Return the parameters of the query and of a form or JSON body; the body's win.

    Raises GatewayError if a JSON body is no object.
    """
    parameters = dict(request.query_pairs)
    if request.content_type == JSON and request.body:
        parameters.update(_json_parameters(request.body))
    else:
        parameters.update(request.form_pairs)
    return parameters


def _json_parameters(body: bytes) -> Mapping[str, str]:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise invalid_parameter("The body is not a JSON object.")
    return {name: _as_text(value) for name, value in values.items() if value is not None}


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def read_json_object(name: str, text: str) -> dict[str, Any]:
    """Read a JSON object; raises ParameterInvalid for anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ParameterInvalid(f"{name} must be a JSON object.")
    return value
