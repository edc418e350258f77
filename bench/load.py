"""Sends prepared requests over kept-alive connections and takes the time of each."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.processes import family, process_status

TICKS_PER_S = 100  # of /proc, on every Linux that this runs on


@dataclass
class _Connection:
    """One kept-alive connection and the requests that it has still to send."""

    socket: socket.socket
    waiting: list[bytes]
    started: float = 0.0
    answer: bytes = b""
    durations: list[float] = field(default_factory=list)

    def send_next(self) -> None:
        self.answer = b""
        self.started = time.perf_counter()
        self.socket.sendall(self.waiting.pop())

    def receive(self) -> bool:
        """Take what has arrived; say whether the answer is complete."""
        self.answer += self.socket.recv(2**16)
        if not _is_complete(self.answer):
            return False
        self.durations.append(time.perf_counter() - self.started)
        return True


def send_all(port: int, requests: Sequence[bytes], connections: int) -> list[float]:
    """Send the requests over so many connections at once; return the seconds of each.

    Raises RuntimeError if an answer is not 200.
    """
    selector = selectors.DefaultSelector()
    opened = []
    for number in range(connections):
        client = socket.create_connection(("127.0.0.1", port), timeout=60)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.append(_Connection(client, list(requests[number::connections])))
        selector.register(client, selectors.EVENT_READ, opened[-1])
        opened[-1].send_next()
    while selector.get_map():
        for key, _ in selector.select():
            _advance(selector, key.data)
    return [duration for connection in opened for duration in connection.durations]


def _advance(selector: selectors.BaseSelector, connection: _Connection) -> None:
    if not connection.receive():
        return
    if connection.waiting:
        connection.send_next()
    else:
        selector.unregister(connection.socket)
        connection.socket.close()


def _is_complete(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answer.decode(errors="replace"))
    if b"chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    length = head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]
    return len(body) >= int(length)


def cpu_s(pid: int) -> float:
    """Return the processor seconds that a process and its descendants have used."""
    ticks = 0
    for process in family(pid):
        fields = process_status(process)
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_S
