"""A receiver of notifications on the loopback address, good or bad as the path says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

LOOPBACK = "127.0.0.0/8"


@dataclass
class Receiver:
    """What was received: one form, as pairs, for each request, and the headers.

    has_ended: what hangs goes on when this is set.
    """

    address: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    has_ended: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.receiver.paths.append(self.path)
        self.receiver.headers.append(dict(self.headers))
        self.receiver.forms.append(dict(parse_qsl(body.decode(), strict_parsing=True)))
        with suppress(ConnectionError):
            getattr(self, f"_{self.path.strip('/').partition('?')[0]}")()

    def do_GET(self) -> None:
        self.receiver.paths.append(f"GET {self.path}")
        self._ok()

    def _ok(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _accepted(self) -> None:
        self.send_response(202)
        self.end_headers()

    def _error(self) -> None:
        self.send_error(500)

    def _elsewhere(self) -> None:
        self.send_response(302)
        self.send_header("Location", f"{self.receiver.address}/ok")
        self.end_headers()

    def _endless(self) -> None:
        """Send a line without an end, so that no single read takes long."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-More: ")
        while not self.receiver.has_ended.wait(0.05):
            self.wfile.write(b".")

    def _silent(self) -> None:
        self.receiver.has_ended.wait(30)

    def _nonsense(self) -> None:
        self.wfile.write(b"this is no HTTP at all\r\n\r\n")

    def _hangs_up(self) -> None:
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep quiet."""


@contextmanager
def callback_receiver() -> Iterator[Receiver]:
    """Receive on a free port until the end."""
    receiver = Receiver()
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        receiver.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.has_ended.set()
            server.shutdown()
            thread.join()
