"""The vendor's clients of the object store, and worse ones, against real server processes."""

from __future__ import annotations

import io
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss_v2
import oss2
import pytest
from alibabacloud_green20220302.client import Client
from alibabacloud_green20220302.models import ImageModerationRequest
from alibabacloud_green20220926.client import Client as ConsoleClient
from alibabacloud_green20220926.models import GetUploadInfoRequest, GetUploadLinkRequest
from alibabacloud_tea_openapi.utils_models import Config
from django.conf import settings
from requests import Session

from openapi.uploads.receiving import MAX_UPLOAD_BYTES
from tests import pictures
from tests.openapi.installation import FreshInstallation, fresh_installation
from tests.openapi.sdk_config import sdk_config
from tests.openapi.uploads.requests import form_of
from tests.own_database import ask
from tests.processes import peak_memory_mb
from tests.web_server import exchange, web_server

pytestmark = pytest.mark.slow

REGION = "cn-shanghai"
QR_CODE = pictures.png(pictures.qr_code("https://example.com/join?group=42"))


@dataclass(frozen=True)
class Installation:
    """A running installation of two web processes."""

    made: FreshInstallation
    folder: Path
    port: int
    pid: int

    @property
    def config(self) -> Config:
        return sdk_config(self.made, self.port)

    @property
    def client(self) -> Client:
        return Client(self.config)

    @property
    def console(self) -> ConsoleClient:
        return ConsoleClient(self.config)

    def token(self) -> Any:
        return self.client.describe_upload_token().body.data

    def moderate(self, bucket: str, name: str) -> dict[str, Any]:
        values = {"ossBucketName": bucket, "ossObjectName": name, "infoType": "customImage"}
        request = ImageModerationRequest(
            service="postImageCheck", service_parameters=json.dumps(values)
        )
        answer: dict[str, Any] = self.client.image_moderation(request).body.to_map()
        return answer

    def files(self) -> int:
        uploads = self.folder / "media" / "uploads"
        return sum(path.is_file() for path in uploads.rglob("*"))


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("data")
    with (
        fresh_installation(folder, Path(settings.MODEL_DIR)) as made,
        web_server("console.wsgi:application", environment=made.environment, workers=2) as server,
    ):
        yield Installation(made, folder, server.port, server.pid)


def bucket_of(token: Any, *, version: int = 1) -> oss2.Bucket:
    if version == 1:
        auth = oss2.StsAuth(token.access_key_id, token.access_key_secret, token.security_token)
    else:
        auth = oss2.StsAuth(
            token.access_key_id,
            token.access_key_secret,
            token.security_token,
            auth_version=oss2.AUTH_VERSION_4,
        )
    place = token.oss_internet_end_point, token.bucket_name
    return oss2.Bucket(auth, *place, region=REGION, connect_timeout=60)


class TestOss2:
    def test_the_documented_flow(self, installation, tmp_path):
        path = tmp_path / "code.png"
        path.write_bytes(QR_CODE)
        token = installation.token()
        name = f"{token.file_name_prefix}code 中.png"

        result = bucket_of(token).put_object_from_file(name, str(path))

        assert result.status == 200
        answer = installation.moderate(token.bucket_name, name)
        assert answer["Code"] == 200
        assert "pt_qrCode" in {label["Label"] for label in answer["Data"]["Result"]}

    @pytest.mark.parametrize("version", [1, 4])
    def test_bytes_files_and_iterators(self, installation, version):
        token = installation.token()
        bucket = bucket_of(token, version=version)
        parts = [b"a" * 1000, b"b" * 100_000, b"c"]

        for number, content in enumerate([b"".join(parts), iter(parts), io.BytesIO(b"d" * 70_000)]):
            name = f"{token.file_name_prefix}{number}.bin"
            put = bucket.put_object(name, content)
            head = bucket.head_object(name)
            got = bucket.get_object(name).read()
            assert head.etag == put.etag
            assert len(got) == head.content_length in (101_001, 70_000)
            assert bucket.object_exists(name)
        assert not bucket.object_exists(f"{token.file_name_prefix}none")

    @pytest.mark.parametrize("version", [1, 4])
    def test_its_signed_address_can_be_put_to_and_got(self, installation, version):
        token = installation.token()
        bucket, name = bucket_of(token, version=version), f"{token.file_name_prefix}x y.bin"
        put, got = (bucket.sign_url(method, name, 60) for method in ("PUT", "GET"))

        session = Session()
        assert session.put(put, data=b"data", headers={"content-type": ""}).status_code == 200
        assert session.get(got).content == b"data"
        assert session.get(put).status_code == 403

    def test_refusals_can_be_read(self, installation):
        token = installation.token()
        with pytest.raises(oss2.exceptions.AccessDenied) as raised:
            bucket_of(token).put_object("upload/elsewhere/x", b"data")
        assert token.file_name_prefix in raised.value.message

        with pytest.raises(oss2.exceptions.ServerError) as large:
            bucket_of(token).put_object(f"{token.file_name_prefix}x", b"a" * (MAX_UPLOAD_BYTES + 1))
        assert (large.value.status, large.value.code) == (400, "EntityTooLarge")

        with pytest.raises(oss2.exceptions.ServerError) as larger:
            bucket_of(token).put_object(f"{token.file_name_prefix}x", iter([b"a" * 2**20] * 26))
        assert (larger.value.status, larger.value.code) == (400, "EntityTooLarge")

        token.bucket_name = "other-bucket"
        with pytest.raises(oss2.exceptions.NoSuchBucket):
            bucket_of(token).put_object(f"{token.file_name_prefix}x", b"data")

    def test_a_hundred_clients(self, installation):
        token = installation.token()

        def upload(number: int) -> int:
            name = f"{token.file_name_prefix}{number}"
            bucket = bucket_of(token)
            bucket.put_object(name, str(number) * 10_000)
            return len(bucket.get_object(name).read())

        with ThreadPoolExecutor(100) as pool:
            lengths = list(pool.map(upload, range(100)))

        assert lengths == [len(str(number)) * 10_000 for number in range(100)]


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_the_newer_client(installation, version):
    token = installation.token()
    config = oss_v2.config.load_default()
    config.credentials_provider = oss_v2.credentials.StaticCredentialsProvider(
        token.access_key_id, token.access_key_secret, token.security_token
    )
    config.endpoint, config.region = token.oss_internet_end_point, REGION
    config.signature_version = version
    client = oss_v2.Client(config)
    place = {"bucket": token.bucket_name, "key": f"{token.file_name_prefix}deeper/中 x.png"}

    put = client.put_object(oss_v2.PutObjectRequest(**place, body=b"data"))
    got = client.get_object(oss_v2.GetObjectRequest(**place))

    assert put.status_code == 200
    assert got.body.content == b"data"
    assert client.head_object(oss_v2.HeadObjectRequest(**place)).etag == put.etag
    address = client.presign(oss_v2.GetObjectRequest(**place)).url
    assert Session().get(address).content == b"data"
    assert Session().put(address, data=b"other").status_code == 403
    assert Session().get(address.replace("xpires=", "xpires=1")).status_code == 403


def test_the_form_of_a_browser_and_the_link(installation):
    info = installation.console.get_upload_info(GetUploadInfoRequest(name="x.png")).body.to_map()

    answer = Session().post(info["Host"], data=form_of(info), files={"file": ("x.png", QR_CODE)})

    assert answer.status_code == 200
    request = GetUploadLinkRequest(upload_url=info["Key"])
    link = installation.console.get_upload_link(request).body.data
    assert Session().get(link).content == QR_CODE
    assert installation.moderate("assay-uploads", info["Key"])["Code"] == 200


@pytest.mark.parametrize(
    ("bucket", "name", "code"),
    [
        ("assay-uploads", "upload/none/x.png", 404),
        ("other-bucket", "upload/none/x.png", 408),
    ],
)
def test_what_was_not_uploaded_cannot_be_moderated(installation, bucket, name, code):
    assert installation.moderate(bucket, name)["Code"] == code


class TestRoughClients:
    """Raw requests, with the signed address of an object in the place of headers."""

    @pytest.fixture
    def target(self, installation):
        token = installation.token()
        address = bucket_of(token).sign_url("PUT", f"{token.file_name_prefix}x", 600)
        return address.partition("//")[2].partition("/")[2]

    @pytest.fixture
    def head(self, target):
        return f"PUT /{target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"

    def test_a_body_is_sent_when_it_is_asked_for(self, installation, head):
        with socket.create_connection(("127.0.0.1", installation.port), timeout=30) as connection:
            head += "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"
            connection.sendall(head.encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 100")
            connection.sendall(b"data")
            assert connection.recv(100).startswith(b"HTTP/1.1 200")

    def test_a_body_that_would_be_refused_is_not_asked_for(self, installation, target):
        head = f"PUT /{target}x HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        head += "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"

        assert exchange(installation.port, head.encode()).startswith(b"HTTP/1.1 403")

    @pytest.mark.parametrize(
        ("what", "expected"), [("an upload", b"HTTP/1.1 200"), ("a call", b"HTTP/1.1 400")]
    )
    def test_a_body_in_chunks_of_a_byte_is_bounded(self, installation, head, what, expected):
        """Send a sixteenth of the limit: a server that copied at each byte would not end."""
        if what == "a call":
            head = "POST / HTTP/1.1\r\nHost: x\r\nx-acs-action: A\r\nConnection: close\r\n"
        body = b"1\r\na\r\n" * (MAX_UPLOAD_BYTES // 16) + b"0\r\n\r\n"
        before_mb, started = sum(peak_memory_mb(installation.pid)), time.monotonic()

        request = f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + body
        answer = exchange(installation.port, request, timeout_s=120)

        assert answer.startswith(expected)
        assert time.monotonic() - started < 60
        assert (
            sum(peak_memory_mb(installation.pid)) - before_mb < 30
        )  # a list of bytes would take more

    def test_a_client_that_hangs_up_leaves_nothing(self, installation, head):
        before = installation.files()
        with socket.create_connection(("127.0.0.1", installation.port), timeout=30) as connection:
            connection.sendall(f"{head}Content-Length: 1000\r\n\r\nhalf of it".encode())
            assert self._comes_to(installation, before + 1)

        assert self._comes_to(installation, before)

    @pytest.mark.parametrize("chunk", [b"A\r\nhalf of it\r\n", b"FF\r\nhalf of it"])
    def test_what_broke_off_between_chunks_is_replaced_when_it_is_sent_again(
        self, installation, target, head, chunk
    ):
        """The web server tells no difference between such a break and the end."""
        before = installation.files()
        with socket.create_connection(("127.0.0.1", installation.port), timeout=30) as connection:
            connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk)
        assert self._comes_to(installation, before + 1)

        session = Session()
        got = f"http://127.0.0.1:{installation.port}/{target}"
        assert session.put(got, data=b"whole", headers={"content-type": ""}).status_code == 200
        assert self._comes_to(installation, before + 1)
        statement = "SELECT size_bytes FROM openapi_upload ORDER BY id DESC LIMIT 1"
        assert ask(installation.made.environment, statement)[0][0] == len(b"whole")

    @staticmethod
    def _comes_to(installation: Installation, count: int) -> bool:
        deadline = time.monotonic() + 30
        while installation.files() != count and time.monotonic() < deadline:
            time.sleep(0.02)
        return installation.files() == count

    @pytest.mark.parametrize(
        ("line", "status"),
        [
            (f"x-oss-security-token: {'a' * 60_000}", b"403"),
            ("x-oss-date: never", b"200"),
            ("Content-MD5: nonsense", b"403"),  # it is signed
            ("Authorization: OSS " + "a" * 60_000, b"403"),
        ],
    )
    def test_headers_that_are_huge_or_nonsense(self, installation, head, line, status):
        request = f"{head}{line}\r\nContent-Length: 4\r\n\r\ndata"

        with suppress(ConnectionResetError):
            answer = exchange(installation.port, request.encode())
        assert answer.split()[1] in (status, b"403")
        assert b"<html" not in answer

    @pytest.mark.parametrize(
        "path",
        [
            "/assay-uploads/../../etc/passwd",
            "/assay-uploads/%2e%2e/%2e%2e/etc/passwd",
            "/assay-uploads/..%2f..%2fetc%2fpasswd",
            "/assay-uploads/%00",
            "/assay-uploads/%ff%fe",
            "/assay-uploads//etc/passwd",
        ],
    )
    def test_paths_lead_nowhere(self, installation, path):
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"

        status = exchange(installation.port, request.encode()).split()[1]

        assert status in (b"400", b"403", b"404")
