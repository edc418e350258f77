"""What unmodified clients put on the wire, recorded; see captures/."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from openapi.wire import WireRequest

FOLDER = Path(__file__).parent / "captures"
SECRETS = {"LTAITESTKEYID": "testSecret/+=", "STS.abc": "s", "k": "s", "STS.x": "sec"}


class Recording(NamedTuple):
    name: str
    request: WireRequest

    @property
    def verifies(self) -> bool:
        """One request was made with a path in the endpoint, so its client signed another path."""
        return self.request.path == "/"

    @property
    def is_acs3(self) -> bool:
        return "authorization" in self.request.headers

    @property
    def date(self) -> datetime:
        headers = self.request.headers
        pairs = dict(self.request.query_pairs + self.request.form_pairs)
        text = headers["x-acs-date"] if self.is_acs3 else pairs["Timestamp"]
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


@cache
def recordings() -> tuple[Recording, ...]:
    return tuple(
        Recording(f"{file.stem}-{number}", _request(item))
        for file in sorted(FOLDER.glob("*.json"))
        for number, item in enumerate(json.loads(file.read_text()))
    )


def _request(item: dict[str, Any]) -> WireRequest:
    method, target, _ = item["line"].split(" ")
    path, _, query = target.partition("?")
    headers = {name.lower(): value for name, value in item["headers"]}
    return WireRequest(method, path, query, headers, item["body"].encode("latin-1"))
