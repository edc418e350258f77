"""A web server of pictures, good and bad, for downloads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests import pictures

DRIP_S = 0.5


class _Handler(BaseHTTPRequestHandler):
    referers: list[str]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", "http://" + path.removeprefix("/to/"))
            self.end_headers()
        elif path == "/drips.jpg":
            self._drip()
        elif path in _FILES:
            self._send(_FILES[path]())
        else:
            self.send_error(404)

    def _send(self, content: bytes) -> None:
        self.referers.append(self.headers.get("Referer", ""))
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except ConnectionError:  # the reader had enough
            self.close_connection = True

    def _drip(self) -> None:
        """Send a byte now and then, so that no single read takes long."""
        self.send_response(200)
        self.end_headers()
        try:
            for byte in pictures.cat()[:40]:
                self.wfile.write(bytes([byte]))
                time.sleep(DRIP_S)
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep quiet."""


_FILES = {
    "/cat.jpg": pictures.cat,
    "/中文.jpg".encode().decode("latin-1"): pictures.cat,
    "/%E4%B8%AD%E6%96%87.jpg": pictures.cat,
    "/code.png": lambda: pictures.png(pictures.qr_code("https://example.com/join?group=42")),
    "/words.png": lambda: pictures.png(pictures.draw_text("Meet us tonight")),
    "/face.jpg": pictures.astronaut,
    "/rocket.jpg": pictures.rocket,
    "/text.jpg": lambda: b"This is a text and no picture at all. " * 20,
    "/truncated.jpg": lambda: pictures.cat()[:2000],
    "/truncated.bmp": lambda: pictures.encode(pictures.photo("cat"), "BMP")[:2000],
    "/bomb.png": pictures.png_bomb,
    "/big.jpg": lambda: pictures.cat() + b"\0" * 21 * 2**20,
}


@contextmanager
def picture_server() -> Iterator[tuple[str, list[str]]]:
    """Serve on a free port; yields the address and the Referer headers of the downloads."""
    referers: list[str] = []
    handler = type("Handler", (_Handler,), {"referers": referers})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", referers
        server.shutdown()
        thread.join()
