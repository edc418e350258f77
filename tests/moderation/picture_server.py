"""A small web server of which a test decides every byte."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_network

LOOPBACK = (ip_network("127.0.0.0/8"),)

Send = Callable[[bytes], None]
Page = bytes | Callable[[Send], None]


@dataclass
class PictureServer:
    """Answers by path with raw bytes, or lets a function send them; keeps what was asked."""

    port: int = 0
    pages: dict[str, Page] = field(default_factory=dict)
    requests: list[bytes] = field(default_factory=list)
    has_ended: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/", *, scheme: str = "http", host: str = "127.0.0.1") -> str:
        """Return the URL of a path on this server."""
        return f"{scheme}://{host}:{self.port}{path}"

    def answer(self, request: bytes, send: Send) -> None:
        """Answer one request."""
        self.requests.append(request)
        page = self.pages[request.split()[1].decode()]
        with suppress(OSError):  # the client may have had enough
            if callable(page):
                page(send)
            else:
                send(page)


def ok(body: bytes, *headers: str) -> bytes:
    """Return a whole answer with this body."""
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def redirect(location: str) -> bytes:
    """Return an answer that sends the client elsewhere."""
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


@contextmanager
def picture_server(tls: ssl.SSLContext | None = None) -> Iterator[PictureServer]:
    """Run a server on a free port of the loopback address."""
    server = PictureServer()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                connection = self.request
                if tls is not None:
                    connection = tls.wrap_socket(connection, server_side=True)
                server.answer(_read_request(connection), connection.sendall)
                connection.close()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as sockets:
        server.port = sockets.server_address[1]
        thread = threading.Thread(target=sockets.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.has_ended.set()
            sockets.shutdown()
            thread.join()


def _read_request(connection) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        part = connection.recv(4096)
        if not part:
            break
        request += part
    return request
