"""Signed calls of the actions of 2022-09-26, whose answers are checked against the contract."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from console.models import AccessKey
from tests.openapi.calls import call
from tests.openapi.contract import CONSOLE_VERSION, breaches


@dataclass(frozen=True)
class ConsoleClient:
    """Signs with a key."""

    access_key: AccessKey

    def __call__(self, action: str, **parameters: Any) -> dict[str, Any]:
        """Return the answer to a call, which keeps to the contract."""
        answer = self.answer(action, **parameters)
        assert breaches(action, answer) == []
        return answer

    def data(self, action: str, **parameters: Any) -> Any:
        """Return the data of a call that is answered with success."""
        answer = self(action, **parameters)
        assert answer.get("Code", 200) == 200, answer
        return answer["Data"]

    def answer(self, action: str, **parameters: Any) -> dict[str, Any]:
        """Return the answer to a call, even if it is an error of the gateway."""
        return self.response(action, **parameters)[1]

    def response(self, action: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
        """Return the HTTP status and the answer; objects and lists are sent as JSON."""
        texts = {
            name: json.dumps(value) if isinstance(value, dict | list) else str(value)
            for name, value in parameters.items()
        }
        response = call(self.access_key.key_id, texts, action=action, version=CONSOLE_VERSION)
        return response.status_code, json.loads(response.content)
