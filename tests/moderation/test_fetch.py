"""Downloads from a real server; the address checks stand in test_addresses.py."""

from __future__ import annotations

import gzip
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from moderation import connecting
from moderation.errors import DownloadFailed, DownloadTimedOut, ImageTooLarge
from moderation.fetch import fetch_image
from tests import pictures
from tests.moderation.picture_server import (
    LOOPBACK,
    PictureServer,
    ok,
    picture_server,
    redirect,
)

MEGABYTE = 1 << 20


@pytest.fixture
def server():
    with picture_server() as running:
        yield running


def download(url: str, **options) -> bytes:
    return fetch_image(url, allowed_networks=LOOPBACK, **options)


class TestContent:
    def test_a_picture_comes_as_it_is(self, server):
        server.pages["/cat.jpg"] = ok(pictures.cat())

        assert download(server.url("/cat.jpg")) == pictures.cat()

    def test_a_chunked_answer_is_put_together(self, server):
        server.pages["/"] = (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        )

        assert download(server.url()) == b"abcde"

    def test_an_answer_without_a_length_ends_with_the_connection(self, server):
        server.pages["/"] = b"HTTP/1.0 200 OK\r\n\r\nabc"

        assert download(server.url()) == b"abc"

    def test_a_gzip_answer_is_unpacked(self, server):
        server.pages["/"] = ok(gzip.compress(b"<svg/>"), "Content-Encoding: gzip")

        assert download(server.url()) == b"<svg/>"

    def test_an_unknown_compression_is_refused(self, server):
        server.pages["/"] = ok(b"abc", "Content-Encoding: br")

        with pytest.raises(DownloadFailed, match="compressed"):
            download(server.url())

    @pytest.mark.parametrize("status", [204, 206, 304, 400, 403, 404, 500, 503])
    def test_only_status_200_is_a_picture(self, server, status):
        server.pages["/"] = f"HTTP/1.1 {status} x\r\nContent-Length: 3\r\n\r\nabc".encode()

        with pytest.raises(DownloadFailed, match=str(status)):
            download(server.url())

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\nabc",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\nabc",
            b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\nabc",
            ok(b"not gzip", "Content-Encoding: gzip"),
        ],
        ids=[
            "nothing",
            "another protocol",
            "cut off",
            "cut-off chunk",
            "bad chunk",
            "many headers",
            "long header",
            "bad gzip",
        ],
    )
    def test_a_broken_answer_is_a_failed_download(self, server, answer):
        server.pages["/"] = answer

        with pytest.raises(DownloadFailed):
            download(server.url())

    def test_a_closed_port_is_a_failed_download(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]

            with pytest.raises(DownloadFailed):
                download(f"http://127.0.0.1:{port}/")


class TestRequest:
    def test_it_names_the_host_and_asks_for_no_compression(self, server):
        server.pages["/a%20b?c=d%2Fe"] = ok(b"abc")

        download(server.url("/a%20b?c=d%2Fe", host="localhost"))

        lines = server.requests[0].split(b"\r\n")
        assert lines[0] == b"GET /a%20b?c=d%2Fe HTTP/1.1"
        assert f"Host: localhost:{server.port}".encode() in lines
        assert b"Accept-Encoding: identity" in lines
        assert not any(line.startswith(b"Referer") for line in lines)

    def test_the_referer_is_sent(self, server):
        server.pages["/"] = ok(b"abc")

        download(server.url(), referer="https://example.com/page")

        assert b"\r\nReferer: https://example.com/page\r\n" in server.requests[0]

    def test_a_referer_cannot_add_headers(self, server):
        server.pages["/"] = ok(b"abc")

        download(server.url(), referer="a\r\nX-Evil: b")

        assert b"\r\nX-Evil" not in server.requests[0]

    def test_a_path_of_other_scripts_is_escaped(self, server):
        server.pages["/%E7%8C%AB.jpg"] = ok(b"abc")

        assert download(server.url("/猫.jpg")) == b"abc"


class TestSize:
    def test_twenty_megabytes_are_taken(self, server):
        server.pages["/"] = ok(bytes(20 * MEGABYTE))

        assert len(download(server.url(), timeout_s=30)) == 20 * MEGABYTE

    def test_a_larger_announced_length_is_refused_before_reading(self, server):
        server.pages["/"] = f"HTTP/1.1 200 OK\r\nContent-Length: {21 * MEGABYTE}\r\n\r\n".encode()

        with pytest.raises(ImageTooLarge):
            download(server.url(), timeout_s=30)

    def test_more_than_allowed_is_refused_while_reading(self, server):
        server.pages["/"] = b"HTTP/1.0 200 OK\r\n\r\n" + bytes(21 * MEGABYTE)

        with pytest.raises(ImageTooLarge):
            download(server.url(), timeout_s=30)

    def test_a_gzip_bomb_is_refused(self, server):
        bomb = gzip.compress(bytes(100 * MEGABYTE), 9)
        server.pages["/"] = ok(bomb, "Content-Encoding: gzip")

        with pytest.raises(ImageTooLarge):
            download(server.url(), timeout_s=30)


class TestTime:
    """Each server goes on for as long as the test runs; only the deadline ends the download."""

    def test_a_server_that_never_answers(self, server):
        server.pages["/"] = lambda send: server.has_ended.wait()

        with pytest.raises(DownloadTimedOut, match=r"0\.3 seconds"):
            download(server.url(), timeout_s=0.3)

    @pytest.mark.parametrize(
        "start",
        [
            b"",
            b"HTTP/1.1 200 OK\r\nX: ",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n\r\n",
        ],
        ids=["before the status", "in a header", "in a body", "in a body without length"],
    )
    def test_a_server_that_drips(self, server, start):
        server.pages["/"] = lambda send: drip(server, send, start)

        with pytest.raises(DownloadTimedOut):
            download(server.url(), timeout_s=0.3)

    def test_redirects_share_the_time(self, server):
        def answer_late(send):
            server.has_ended.wait(0.2)
            send(redirect("/"))

        server.pages["/"] = answer_late

        with pytest.raises(DownloadTimedOut):
            download(server.url(), timeout_s=0.3)

    def test_a_tls_server_that_says_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]

            with pytest.raises(DownloadTimedOut):
                download(f"https://127.0.0.1:{port}/", timeout_s=0.3)

    def test_a_name_server_that_says_nothing(self, server, monkeypatch):
        def look_up_late(*_, **__):
            server.has_ended.wait()
            return []

        monkeypatch.setattr(socket, "getaddrinfo", look_up_late)

        with pytest.raises(DownloadTimedOut, match="resolved"):
            download("http://example.com/", timeout_s=0.3)


class TestRedirects:
    def test_three_are_followed(self, server):
        server.pages["/1"] = redirect("/2")
        server.pages["/2"] = redirect(server.url("/3"))
        server.pages["/3"] = redirect("4?x=y#z")
        server.pages["/4?x=y"] = ok(b"abc")

        assert download(server.url("/1")) == b"abc"

    def test_a_fourth_is_not(self, server):
        server.pages["/"] = redirect("/")

        with pytest.raises(DownloadFailed, match="3 times"):
            download(server.url("/"))
        assert len(server.requests) == 4

    @pytest.mark.parametrize(
        "location",
        ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "data:image/png,abc"],
    )
    def test_only_web_addresses_are_followed(self, server, location):
        server.pages["/"] = redirect(location)

        with pytest.raises(DownloadFailed, match="http"):
            download(server.url("/"))

    @pytest.mark.parametrize("location", ["http://[", "//[::1", "http://a]b/"])
    def test_a_redirect_to_what_is_no_url_is_a_failed_download(self, server, location):
        server.pages["/"] = redirect(location)

        with pytest.raises(DownloadFailed, match="not valid"):
            download(server.url("/"))

    def test_the_address_is_checked_again(self, server):
        only_this = (ip_network("127.0.0.1/32"),)
        server.pages["/"] = redirect(server.url("/secret", host="127.0.0.2"))
        server.pages["/secret"] = ok(b"secret")

        with pytest.raises(DownloadFailed, match="not public"):
            fetch_image(server.url("/"), allowed_networks=only_this)
        assert len(server.requests) == 1


class TestAddress:
    def test_this_machine_is_refused(self, server):
        server.pages["/"] = ok(b"abc")

        with pytest.raises(DownloadFailed, match="not public"):
            fetch_image(server.url("/"))
        assert not server.requests

    @pytest.mark.parametrize(
        "host",
        [
            "localhost",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "\uff11\uff12\uff17.0.0.1",
        ],
    )
    def test_other_spellings_of_this_machine_are_refused(self, server, host):
        with pytest.raises(DownloadFailed):
            fetch_image(server.url(host=host))
        assert not server.requests

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "cat.jpg",
            "//example.com/",
            "http:///cat.jpg",
            "http://",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "http://user@example.com/",
            "http://user:password@example.com/",
            "http://@example.com/",
            "http://example.com:99999/",
            "http://example.com:x/",
            "http://[::1",
            "http://a..b/",
        ],
    )
    def test_what_is_no_plain_web_address_is_refused(self, url):
        with pytest.raises(DownloadFailed, match="URL"):
            download(url)

    def test_the_host_is_looked_up_once_and_that_address_is_used(self, server, monkeypatch):
        """A name server that answers differently the second time gains nothing."""
        server.pages["/"] = ok(b"abc")
        lookups = []

        def answer_once(host, *_, **__):
            lookups.append(host)
            assert len(lookups) == 1
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *a, **k: (
                answer_once(host) if host == "cats.example" else real(host, *a, **k)
            ),
        )

        assert download(server.url(host="cats.example")) == b"abc"
        assert f"Host: cats.example:{server.port}".encode() in server.requests[0]


class TestTls:
    @pytest.fixture
    def tls_server(self, tmp_path, monkeypatch):
        files = write_certificate(tmp_path, "localhost")
        monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
        connecting.tls_context.cache_clear()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        with picture_server(context) as running:
            yield running
        connecting.tls_context.cache_clear()

    def test_a_trusted_certificate_of_the_name_is_accepted(self, tls_server):
        tls_server.pages["/"] = ok(pictures.cat())

        url = tls_server.url(scheme="https", host="localhost")
        assert download(url) == pictures.cat()

    def test_a_certificate_of_another_name_is_refused(self, tls_server):
        tls_server.pages["/"] = ok(pictures.cat())

        with pytest.raises(DownloadFailed):
            download(tls_server.url(scheme="https", host="127.0.0.1"))

    def test_an_unknown_certificate_is_refused(self, tls_server, monkeypatch):
        monkeypatch.delenv("SSL_CERT_FILE")
        connecting.tls_context.cache_clear()
        tls_server.pages["/"] = ok(pictures.cat())

        with pytest.raises(DownloadFailed):
            download(tls_server.url(scheme="https", host="localhost"))


def drip(server: PictureServer, send, start: bytes) -> None:
    send(start)
    while not server.has_ended.wait(0.02):
        send(b"x")


def write_certificate(folder, host: str):
    """Write a certificate for the host and its key; returns both paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
