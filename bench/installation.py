"""A fresh installation of its own for a benchmark, and signed requests to it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from tests.openapi import installation
from tests.openapi.signing import signed_headers
from tests.web_server import ROOT

SERVICE = "baselineCheck_global"
_SETTINGS = {
    "LOG_LEVEL": "WARNING",
    "OPENBLAS_NUM_THREADS": "1",
    "QPS_LIMIT": "10000",  # more than a measurement makes
}


@dataclass(frozen=True)
class Installation:
    """A database, a Valkey server and a key; environment is for the programs that use them."""

    environment: dict[str, str]
    key_id: str
    secret: str

    def request(self, url: str, service: str = SERVICE) -> bytes:
        """Return a signed ImageModeration call; each has a nonce of its own."""
        values = {"Service": service, "ServiceParameters": json.dumps({"imageUrl": url})}
        return self.call("2022-03-02", "ImageModeration", values)

    def call(self, version: str, action: str, values: Mapping[str, str]) -> bytes:
        """Return a signed call of any action."""
        body = urlencode(values).encode()
        form = {"content-type": "application/x-www-form-urlencoded"}
        headers = signed_headers(
            self.key_id,
            secret=self.secret,
            body=body,
            action=action,
            version=version,
            extra=form,
        )
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST / HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


@contextmanager
def fresh_installation() -> Iterator[Installation]:
    """Make an installation in a folder that is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as name:
        models = Path(os.environ.get("MODEL_DIR") or ROOT / "var" / "models")
        with installation.fresh_installation(Path(name), models, **_SETTINGS) as made:
            key = made.keys["good"]
            yield Installation(made.environment, key["id"], key["secret"])
