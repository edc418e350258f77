"""Verdicts of a running console over the signed API, on real pictures served on loopback."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

from tests.openapi.signing import signed_headers
from tests.pictures import photo_file

SERVICE = "baselineCheck"
TIMEOUT_S = 60
FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Caller:
    """A program that calls the API of a console; may be used by several threads."""

    port: int
    key_id: str
    secret: str

    def moderate(self, url: str) -> dict[str, Any]:
        """Return the answer to an ImageModeration call; raises RuntimeError if it is an error."""
        parameters = json.dumps({"imageUrl": url})
        body = urlencode({"Service": SERVICE, "ServiceParameters": parameters}).encode()
        headers = signed_headers(self.key_id, secret=self.secret, body=body, extra=FORM)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        connection.request("POST", "/", body, headers)
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
        connection.close()
        if answer.get("Code") != http.client.OK:
            raise RuntimeError(f"no verdict: {answer}")
        return answer


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = photo_file(self.path.removeprefix("/"))
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keep quiet."""


@dataclass(frozen=True)
class PictureServer:
    """Serves the photographs of tests.pictures."""

    port: int

    def url(self, name: str) -> str:
        """Return where one of PHOTOS is."""
        return f"http://127.0.0.1:{self.port}/{name}"


@contextmanager
def served_pictures() -> Iterator[PictureServer]:
    """Serve them on a free port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield PictureServer(server.server_port)
        server.shutdown()
