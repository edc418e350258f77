"""The vendor's client, a real worker and a real receiver: asynchronous moderation as a whole."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_green20220302.client import Client
from alibabacloud_green20220302.models import (
    DescribeImageModerationResultRequest,
    DescribeImageResultExtRequest,
    ImageAsyncModerationRequest,
    ImageBatchModerationRequest,
    ImageModerationRequest,
)
from alibabacloud_tea_openapi.utils_models import Config
from django.conf import settings

from openapi.examples import KINDS, example
from tests import pictures
from tests.openapi.callback_receiver import Receiver, callback_receiver
from tests.openapi.contract import breaches
from tests.openapi.installation import FreshInstallation, fresh_installation
from tests.openapi.picture_server import picture_server
from tests.own_database import ask
from tests.real_workers import real_worker, wait_for
from tests.web_server import web_server

pytestmark = pytest.mark.slow

VERSION = "2022-03-02"
SERVICE = "baselineCheck_global"
SEED = "a_Seed_1"
TASKS = 12
CLIENTS = 100
ALLOWED = {  # beyond the contract's list of fields, by its own words
    "ImageBatchModeration.Data.Result[].RiskLevel is not in the contract",
    "ImageBatchModeration.Data.Results[].Result[].RiskLevel is not in the contract",
    "DescribeImageModerationResult.Data.Ext is not in the contract",
}


@dataclass(frozen=True)
class Installation:
    """A running web server with its database and queue."""

    made: FreshInstallation
    folder: Path
    port: int
    pictures: str

    @property
    def client(self) -> Client:
        pair = self.made.keys["good"]
        return Client(
            Config(
                access_key_id=pair["id"],
                access_key_secret=pair["secret"],
                endpoint=f"127.0.0.1:{self.port}",
                protocol="http",
                read_timeout=60_000,  # many clients at once on a busy machine
            )
        )

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        environment = {**os.environ, **self.made.environment}
        with real_worker(self.folder, environment, "--beat") as worker:
            yield worker

    def ask(self, query: str, timeout_s: float = 20) -> list[Any]:
        return list(ask(self.made.environment, query, timeout_s=timeout_s))

    def states(self, timeout_s: float = 20) -> list[str]:
        return [state for (state,) in self.ask("SELECT state FROM openapi_asynctask", timeout_s)]

    def submit(self, **values: Any) -> str:
        values = {"imageUrl": f"{self.pictures}/cat.jpg", **values}
        request = ImageAsyncModerationRequest(
            service=SERVICE, service_parameters=json.dumps(values)
        )
        answer = self.client.image_async_moderation(request).body.to_map()
        assert answer["Code"] == 200, answer
        assert breaches("ImageAsyncModeration", answer, version=VERSION) == []
        request_id: str = answer["Data"]["ReqId"]
        return request_id

    def result(self, request_id: str) -> dict[str, Any]:
        request = DescribeImageModerationResultRequest(req_id=request_id)
        answer: dict[str, Any] = self.client.describe_image_moderation_result(request).body.to_map()
        check(answer, "DescribeImageModerationResult")
        return answer

    def finished(self, request_id: str) -> dict[str, Any]:
        wait_for(lambda: self.result(request_id)["Code"] != 280)
        return self.result(request_id)


def check(answer: dict[str, Any], action: str) -> None:
    assert set(breaches(action, answer, version=VERSION)) <= ALLOWED


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Two web processes, Valkey, a database, a server of pictures; workers come and go."""
    folder = tmp_path_factory.mktemp("data")
    models = Path(settings.MODEL_DIR)
    with (
        fresh_installation(folder, models, QPS_LIMIT="1000") as made,
        web_server("console.wsgi:application", environment=made.environment, workers=2) as server,
        picture_server() as (address, _),
    ):
        yield Installation(made, folder, server.port, address)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with callback_receiver() as running:
        yield running


def is_in_the_middle(installation: Installation, worker: subprocess.Popen[bytes]) -> bool:
    """Stop the worker; let it go on unless some tasks are done and some are being looked at."""
    worker.send_signal(signal.SIGSTOP)
    with suppress(sqlite3.OperationalError):  # it was stopped while it kept the database
        states = installation.states(timeout_s=0.1)
        if "done" in states and "running" in states:
            return True
    worker.send_signal(signal.SIGCONT)
    return False


def test_nothing_is_lost_nor_done_twice_although_the_worker_is_killed(installation, receiver):
    callback = {"callback": f"{receiver.address}/ok", "seed": SEED, "cryptType": "SHA256"}
    before = len(installation.ask("SELECT id FROM results_detectionresult"))
    ids = [installation.submit(dataId=f"post-{number}", **callback) for number in range(TASKS)]
    assert installation.result(ids[0])["Code"] == 280

    with installation.worker() as killed:
        wait_for(lambda: is_in_the_middle(installation, killed))
        killed.kill()
    assert "running" in installation.states()
    with installation.worker():
        answers = [installation.finished(request_id) for request_id in ids]
        wait_for(lambda: len({form["content"] for form in receiver.forms}) == TASKS)

    assert [answer["Code"] for answer in answers] == [200] * TASKS
    assert [answer["Data"]["DataId"] for answer in answers] == [f"post-{n}" for n in range(TASKS)]
    stored = installation.ask("SELECT request_id FROM results_detectionresult")
    assert len(stored) - before == TASKS  # each call counts once
    assert {request_id for (request_id,) in stored} >= set(ids)
    check_forms(installation, receiver, dict(zip(ids, answers, strict=True)))


def check_forms(
    installation: Installation, receiver: Receiver, answers: dict[str, dict[str, Any]]
) -> None:
    ((uid,),) = installation.ask("SELECT uid FROM console_account")
    for form in receiver.forms:
        content = json.loads(form["content"])
        signed = f"{uid}{SEED}{form['content']}".encode()
        assert form["checksum"] == hashlib.sha256(signed).hexdigest()
        assert content["Data"] == answers[content["RequestId"]]["Data"]


def test_bad_pictures_and_receivers_hold_up_nobody(installation, receiver):
    faults = ["silent", "error", "elsewhere", "nonsense", "hangs_up"]
    bad = [
        installation.submit(callback=f"{receiver.address}/{fault}", seed=SEED) for fault in faults
    ]
    gone = installation.submit(callback="http://127.0.0.1:1/", seed=SEED)
    missing = installation.submit(imageUrl=f"{installation.pictures}/missing.jpg")
    text = installation.submit(imageUrl=f"{installation.pictures}/text.jpg")
    last = installation.submit()

    with installation.worker():
        codes = [installation.finished(one)["Code"] for one in (missing, text, last, gone, *bad)]
        wait_for(lambda: len(receiver.paths) >= len(faults))

    assert codes == [404, 407, *[200] * (2 + len(faults))]
    assert not any(path.startswith("GET") for path in receiver.paths)


def test_many_clients_at_once_are_all_accepted(installation):
    def submit(number: int) -> str:
        request_id: str = installation.submit(
            imageUrl="http://127.0.0.1:1/gone.jpg", dataId=f"many-{number}"
        )
        return request_id

    with ThreadPoolExecutor(CLIENTS) as pool:
        ids = list(pool.map(submit, range(CLIENTS)))

    assert len(set(ids)) == CLIENTS
    with installation.worker():
        wait_for(lambda: set(installation.states()) == {"done"})
    assert {installation.result(one)["Code"] for one in ids[:5]} == {404}


def test_a_picture_through_several_services(installation):
    values = {
        "imageUrl": f"{installation.pictures}/code.png",
        "infoType": "customImage,textInImage",
    }
    request = ImageBatchModerationRequest(
        service="generalOcr,postImageCheck", service_parameters=json.dumps(values)
    )

    answer = installation.client.image_batch_moderation(request).body.to_map()

    check(answer, "ImageBatchModeration")
    assert [part["Service"] for part in answer["Data"]["Results"]] == [
        "generalOcr",
        "postImageCheck",
    ]
    assert "pt_qrCode" in {label["Label"] for label in answer["Data"]["Result"]}


@pytest.mark.parametrize(
    ("service", "picture", "expected"),
    [("generalOcr", "words.png", {"OcrResult"}), ("faceDetect", "face.jpg", {"FaceData"})],
)
def test_recognition_is_understood_by_the_client(installation, service, picture, expected):
    values = {"imageUrl": f"{installation.pictures}/{picture}"}
    request = ImageModerationRequest(service=service, service_parameters=json.dumps(values))

    answer = installation.client.image_moderation(request).body.to_map()

    assert answer["Code"] == 200
    found = {name for name, value in answer["Data"]["Ext"].items() if value}
    assert found == expected


def test_extra_information_of_an_earlier_call(installation):
    values = {"imageUrl": f"{installation.pictures}/code.png"}
    request = ImageModerationRequest(service=SERVICE, service_parameters=json.dumps(values))
    request_id = installation.client.image_moderation(request).body.request_id

    later = DescribeImageResultExtRequest(req_id=request_id, info_type="customImage,textInImage")
    answer = installation.client.describe_image_result_ext(later).body.to_map()

    check(answer, "DescribeImageResultExt")
    assert set(answer["Data"]) >= {"CustomImage", "TextInImage"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("language", "command"), [("python", sys.executable), ("curl", "bash")])
def test_the_programs_of_the_documentation_get_a_verdict(
    installation, language, command, kind, tmp_path
):
    """Those in Java, Go and Node.js need packages that are not installed here."""
    host = f"127.0.0.1:{installation.port}"
    program = example(language=language, kind=kind, host=host, scheme="http", service=SERVICE)
    key = installation.made.keys["good"]
    text = program.text.replace("…", key["id"], 1).replace("…", key["secret"], 1)
    text = text.replace("https://example.com/photo.jpg", f"{installation.pictures}/cat.jpg")
    path = tmp_path / "program"
    path.write_text(text)
    (tmp_path / "photo.jpg").write_bytes(pictures.cat())

    with installation.worker():
        done = subprocess.run(
            [command, str(path)], cwd=tmp_path, capture_output=True, text=True, check=True
        )

    assert "nonLabel" in done.stdout.strip().splitlines()[-1], done.stdout
