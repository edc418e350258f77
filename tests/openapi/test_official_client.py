"""The vendor's unmodified clients against real server processes, networks and downloads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_green20220302.client import Client
from alibabacloud_green20220302.models import ImageModerationRequest
from alibabacloud_tea_openapi.utils_models import Config
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from django.conf import settings
from Tea.exceptions import TeaException

from tests.openapi.installation import fresh_installation
from tests.openapi.picture_server import picture_server
from tests.openapi.signing import signed_headers
from tests.processes import Held
from tests.web_server import exchange, web_server

SERVICE = "baselineCheck_global"
BAD_PATHS = [
    ("/missing.jpg", 404),
    ("/to/10.0.0.1/cat.jpg", 404),
    ("/to/169.254.169.254/latest/meta-data", 404),
    ("/drips.jpg", 405),
    ("/big.jpg", 406),
    ("/bomb.png", 406),
    ("/text.jpg", 407),
    ("/truncated.jpg", 407),
    ("/truncated.bmp", 407),  # for a decoder process
    ("/中文.jpg", 401),
    ("/cat.jpg?" + "a" * 2048, 402),
]
ROUNDS = 3
TRIES = 3
PRIVATE_URLS = ["http://10.0.0.1/a.jpg", "http://[::1]/a.jpg", "http://192.168.1.1:8080/a.jpg"]


@dataclass(frozen=True)
class Installation:
    """A running installation of its own, with the keys that it knows.

    pid: of the web server's main process.
    """

    port: int
    pid: int
    keys: dict[str, dict[str, str]]

    def client(self, key: str = "good", endpoint: str = "127.0.0.1:{}", **options: Any) -> Client:
        pair = self.keys[key]
        config = Config(
            access_key_id=options.pop("id", pair["id"]),
            access_key_secret=options.pop("secret", pair["secret"]),
            endpoint=endpoint.format(self.port),
            **options,
        )
        return Client(config)

    def moderate(self, values: Any, *, service: str = SERVICE, key: str = "good") -> dict[str, Any]:
        client = self.client(key, protocol="http")
        answer: dict[str, Any] = client.image_moderation(request_of(values, service)).body.to_map()
        return answer


def request_of(values: Any, service: str = SERVICE) -> ImageModerationRequest:
    return ImageModerationRequest(service=service, service_parameters=json.dumps(values))


def moderate_all(installation: Installation, urls: list[str]) -> None:
    """Submit pictures as many at once as the web server has threads."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda url: installation.moderate({"imageUrl": url}), urls))


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Two web processes, Valkey, a database and a key pair of each kind."""
    folder = tmp_path_factory.mktemp("data")
    with (
        fresh_installation(folder, Path(settings.MODEL_DIR)) as made,
        web_server("console.wsgi:application", environment=made.environment, workers=2) as server,
    ):
        yield Installation(server.port, server.pid, made.keys)


@pytest.fixture(scope="module")
def pictures() -> Iterator[str]:
    """The address of a server of pictures."""
    with picture_server() as (address, _):
        yield address


class TestVerdicts:
    def test_a_harmless_picture(self, installation, pictures):
        answer = installation.moderate({"imageUrl": f"{pictures}/cat.jpg", "dataId": "post-881"})

        (label,) = answer["Data"]["Result"]
        assert answer["Code"] == 200
        assert answer["Data"]["DataId"] == "post-881"
        assert (label["Label"], label["RiskLevel"]) == ("nonLabel", "none")
        assert "Confidence" not in label

    def test_a_picture_with_a_qr_code(self, installation, pictures):
        values = {"imageUrl": f"{pictures}/code.png", "infoType": "customImage,textInImage"}

        answer = installation.moderate(values, service="postImageCheck")

        labels = {label["Label"]: label for label in answer["Data"]["Result"]}
        assert 0 < labels["pt_qrCode"]["Confidence"] <= 100
        assert "TextInImage" in answer["Data"]["Ext"]

    def test_the_asyncio_client(self, installation, pictures):
        client = installation.client(protocol="http")
        request = request_of({"imageUrl": f"{pictures}/cat.jpg"})

        # In a thread of its own: browser tests leave an event loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            response = thread.submit(
                lambda: asyncio.run(client.image_moderation_async(request))
            ).result()

        assert response.body.code == 200

    def test_the_referer_is_sent_with_the_download(self, installation):
        with picture_server() as (address, referers):
            values = {"imageUrl": f"{address}/cat.jpg", "referer": "https://example.com/page"}
            installation.moderate(values)

        assert referers == ["https://example.com/page"]


@pytest.mark.parametrize(
    ("endpoint", "options"),
    [
        ("127.0.0.1:{}", {"protocol": "http"}),
        ("http://127.0.0.1:{}", {}),
        ("http://127.0.0.1:{}/", {}),
        ("127.0.0.1:{}/", {"protocol": "http"}),
        ("localhost:{}", {"protocol": "HTTP"}),
    ],
)
@pytest.mark.parametrize("algorithm", [None, "v2"])
def test_every_form_of_an_endpoint_works(installation, pictures, endpoint, options, algorithm):
    client = installation.client(endpoint=endpoint, signature_algorithm=algorithm, **options)

    response = client.image_moderation(request_of({"imageUrl": f"{pictures}/cat.jpg"}))

    assert (response.status_code, response.body.code) == (200, 200)


class TestGenericClient:
    def request(self, installation: Installation, values: Any, method: str) -> CommonRequest:
        request = CommonRequest(version="2022-03-02", action_name="ImageModeration")
        request.set_domain(f"127.0.0.1:{installation.port}")
        request.set_method(method)
        request.set_protocol_type("http")
        add = request.add_body_params if method == "POST" else request.add_query_param
        add("Service", SERVICE)
        add("ServiceParameters", json.dumps(values))
        return request

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_it_gets_a_verdict(self, installation, pictures, method):
        pair = installation.keys["good"]
        client = AcsClient(pair["id"], pair["secret"], "cn-shanghai")
        values = {"imageUrl": f"{pictures}/cat.jpg?name=%E4%B8%AD+a~*"}

        answer = client.do_action_with_exception(self.request(installation, values, method))

        assert json.loads(answer)["Code"] == 200

    def test_it_understands_a_refusal(self, installation):
        client = AcsClient(installation.keys["good"]["id"], "wrong", "cn-shanghai")

        with pytest.raises(ServerException) as refusal:
            client.do_action_with_exception(self.request(installation, {}, "GET"))

        # This client replaces the code when its own text to sign is in the message: they agree.
        assert refusal.value.get_http_status() == 400
        assert refusal.value.get_error_code() in {"SignatureDoesNotMatch", "InvalidAccessKeySecret"}


class TestRefusals:
    def refusal(self, client: Client) -> TeaException:
        with pytest.raises(TeaException) as refusal:
            client.image_moderation(request_of({"imageUrl": "https://example.com/a.jpg"}))
        return refusal.value

    def test_a_wrong_secret(self, installation):
        error = self.refusal(installation.client(protocol="http", secret="wrong"))

        assert error.code == "SignatureDoesNotMatch"
        assert error.data["statusCode"] == 400
        assert "x-acs-action:ImageModeration" in error.message

    def test_an_unknown_key(self, installation):
        error = self.refusal(installation.client(protocol="http", id="LTAIunknown"))

        assert (error.code, error.data["statusCode"]) == ("InvalidAccessKeyId.NotFound", 404)

    def test_a_disabled_key(self, installation):
        error = self.refusal(installation.client("disabled", protocol="http"))

        assert error.code == "InvalidAccessKeyId.Inactive"

    def test_an_action_that_is_not_there(self, installation):
        from alibabacloud_green20220302.models import TextModerationRequest

        with pytest.raises(TeaException) as refusal:
            installation.client(protocol="http").text_moderation(TextModerationRequest())

        assert refusal.value.code == "InvalidAction.NotFound"

    def test_a_nonce_is_used_up_for_all_processes(self, installation):
        pair = installation.keys["good"]
        headers = signed_headers(pair["id"], secret=pair["secret"])
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = f"POST / HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode()

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: exchange(installation.port, request), range(8)))

        assert sum(b'"SignatureNonceUsed"' in answer for answer in answers) == 7

    def test_too_many_calls_a_second_of_all_processes(self, installation):
        with ThreadPoolExecutor(4) as pool:
            answers = list(
                pool.map(lambda _: installation.moderate({}, key="slow")["Code"], range(12))
            )

        assert set(answers) == {400, 403}  # the parameters miss a picture, on purpose


@pytest.mark.parametrize(("path", "code"), BAD_PATHS)
def test_bad_input_gets_its_documented_code(installation, pictures, path, code):
    answer = installation.moderate({"imageUrl": f"{pictures}{path}"})

    assert answer["Code"] == code
    assert answer["Msg"]
    assert "Data" not in answer


def test_an_escaped_address_is_no_bad_input(installation, pictures):
    url = f"{pictures}/%E4%B8%AD%E6%96%87.jpg"

    assert installation.moderate({"imageUrl": url})["Code"] == 200


@pytest.mark.parametrize("url", PRIVATE_URLS)
def test_a_private_address_is_refused(installation, url):
    assert installation.moderate({"imageUrl": url})["Code"] == 404


def test_bad_input_leaves_the_processes_as_they_were(installation, pictures):
    """What opens once is no leak: the first connection of a thread, or a second decoder.

    So the first round does not count, and whatever leaks has to do so in each of TRIES.
    """
    urls = [f"{pictures}{path}" for path, _ in BAD_PATHS] + PRIVATE_URLS
    moderate_all(installation, urls)
    after = Held.by(installation.pid)

    for _ in range(TRIES):
        before = after
        moderate_all(installation, urls * ROUNDS)
        after = Held.by(installation.pid)
        if after.processes <= before.processes and after.files < before.files + ROUNDS:
            break

    assert after.processes <= before.processes
    assert after.files < before.files + ROUNDS  # fewer than if one input left one file open
    assert installation.moderate({"imageUrl": f"{pictures}/cat.jpg"})["Code"] == 200


def test_a_chunked_call_is_read(installation):
    """The Node client sends every form chunked."""
    pair = installation.keys["good"]
    body = b"Service=nonsense&ServiceParameters=%7B%7D"
    form = {"content-type": "application/x-www-form-urlencoded"}
    headers = signed_headers(pair["id"], secret=pair["secret"], body=body, extra=form)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST / HTTP/1.1\r\n{lines}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"

    answer = exchange(installation.port, head.encode() + chunks)

    assert b"There is no service 'nonsense'" in answer


def test_a_request_line_of_sixteen_kilobytes_is_read(installation):
    line = f"GET /?Action=ImageModeration&Long={'a' * 16_000} HTTP/1.1\r\nHost: x\r\n"

    answer = exchange(installation.port, f"{line}Connection: close\r\n\r\n".encode())

    assert b'"Code":"MissingParameter"' in answer
