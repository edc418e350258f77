"""What reaches Django of what clients send, seen behind a real web server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from console.gateway import MAX_BODY_BYTES, normalised, plain_host
from tests.web_server import exchange, web_server


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with web_server("tests.console.echo:application") as server:
        yield server.port


def ask(port: int, first_lines: str, body: bytes = b"") -> tuple[bytes, Any]:
    """Send a request; return the status line and the JSON of the answer, None if it is empty."""
    head, _, content = exchange(
        port, f"{first_lines}\r\nConnection: close\r\n\r\n".encode() + body
    ).partition(b"\r\n\r\n")
    return head.split(b"\r\n", 1)[0], json.loads(content) if content else None


@pytest.mark.parametrize(
    ("sent", "plain"),
    [
        ("10.0.0.5:8000", "10.0.0.5:8000"),
        ("http://10.0.0.5:8000", "10.0.0.5:8000"),
        ("http://10.0.0.5:8000/", "10.0.0.5:8000"),
        ("HTTPS://moderation.example.com", "moderation.example.com"),
        ("10.0.0.5:8000/", "10.0.0.5:8000"),
        ("10.0.0.5:8000/openapi", "10.0.0.5:8000"),
    ],
)
def test_the_host_is_made_plain_and_kept_as_sent(port, sent, plain):
    status, seen = ask(port, f"GET / HTTP/1.1\r\nHost: {sent}")

    assert status == b"HTTP/1.1 200 OK"
    assert (seen["host"], seen["host as sent"]) == (plain, sent)
    assert plain_host(sent) == plain


def test_a_chunked_body_is_read_to_its_end(port):
    chunks = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"

    _, seen = ask(port, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked", chunks)

    assert seen["body"] == "hello world"


def test_a_counted_body_passes(port):
    _, seen = ask(port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5", b"hello")

    assert seen["body"] == "hello"


def test_a_counted_body_that_broke_off_cannot_be_read_as_if_it_were_whole():
    environ = {"CONTENT_LENGTH": "10", "wsgi.input": BytesIO(b"half of")}

    with pytest.raises(ConnectionResetError):
        normalised(lambda environ, _: [environ["wsgi.input"].read(10)])(environ, None)


def test_a_chunked_body_at_the_limit_passes(port):
    body = chunked(MAX_BODY_BYTES)

    _, seen = ask(port, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked", body)

    assert seen["body"] == MAX_BODY_BYTES


def test_a_chunked_body_over_the_limit_is_refused_in_the_shape_of_the_api(port):
    body = chunked(MAX_BODY_BYTES + 1)

    status, answer = ask(port, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked", body)

    assert status.startswith(b"HTTP/1.1 413")
    assert answer["Code"] == "RequestBodyTooLarge"
    assert answer["RequestId"]


def test_what_is_too_large_for_the_object_store_is_refused_in_its_shape():
    environ = {"REQUEST_METHOD": "PUT", "CONTENT_LENGTH": str(MAX_BODY_BYTES + 1)}
    statuses = []

    answer = normalised(None)(environ, lambda status, headers: statuses.append(status))

    assert statuses == ["400 Bad Request"]
    assert b"<Code>EntityTooLarge</Code>" in b"".join(answer)


def test_a_body_that_is_announced_as_too_large_is_refused_without_reading_it(port):
    head = f"POST /test/ HTTP/1.1\r\nHost: x\r\nContent-Length: {MAX_BODY_BYTES + 1}"

    status, answer = ask(port, head)

    assert status.startswith(b"HTTP/1.1 413")
    assert answer["Code"] == "RequestBodyTooLarge"


@pytest.mark.parametrize("length", [16_000, 65_000])
def test_a_long_request_line_passes(port, length):
    status, seen = ask(port, f"GET /?a={'b' * length} HTTP/1.1\r\nHost: x")

    assert status == b"HTTP/1.1 200 OK"
    assert seen["query length"] == length + 2


@pytest.mark.parametrize(
    ("first_lines", "expected"),
    [
        (f"GET /?a={'b' * 66_000} HTTP/1.1\r\nHost: x", b"HTTP/1.1 414"),
        ("GET / HTTP/1.1\r\n" + "\r\n".join(f"X-{n}: 1" for n in range(101)), b"HTTP/1.1 431"),
        ("NONSENSE", b"HTTP/1.1 400"),
    ],
)
def test_what_the_server_itself_refuses_has_no_body_and_no_html(port, first_lines, expected):
    status, answer = ask(port, first_lines)

    assert status.startswith(expected)
    assert answer is None


def test_any_web_server_that_undoes_the_chunks_will_do():
    body = b"a" * 100_000
    environ = {"wsgi.input": BytesIO(body), "HTTP_TRANSFER_ENCODING": "chunked"}
    seen = []

    application = normalised(lambda environ, _: seen.append(environ["wsgi.input"].read()) or [])
    application(environ, None)

    assert seen == [body]
    assert environ["CONTENT_LENGTH"] == "100000"


def test_an_endless_chunked_body_is_not_read_to_its_end():
    class Endless:
        read_bytes = 0

        def read(self, size: int) -> bytes:
            self.read_bytes += size
            return b"a" * size

    stream = Endless()
    environ = {"wsgi.input": stream, "HTTP_TRANSFER_ENCODING": "chunked"}
    statuses = []

    answer = normalised(None)(environ, lambda status, headers: statuses.append(status))

    assert statuses == ["413 Content Too Large"]
    assert json.loads(b"".join(answer))["Code"] == "RequestBodyTooLarge"
    assert stream.read_bytes == MAX_BODY_BYTES + 1


def chunked(length: int) -> bytes:
    return f"{length:x}\r\n".encode() + b"a" * length + b"\r\n0\r\n\r\n"
