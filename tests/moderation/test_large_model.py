"""The large model, against a real HTTP server of our own."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections import deque
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pytest
from PIL import Image

from moderation.config import LargeModelConfig
from moderation.detectors import large_model
from moderation.detectors.large_model import LargeModelDetector
from moderation.detectors.registry import Registry
from moderation.detectors.self_test import check
from moderation.errors import DetectorFailed
from tests import pictures

LABELS = ("violent_gun", "inappropriate_smoking", "contraband_drug_tii")


class Endpoint(ThreadingHTTPServer):
    """Answers chat completions with what the test has lined up, and keeps what it was asked.

    answers: (HTTP status, body in pieces, seconds to wait before each of them).
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = deque()
        self.requests = []

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"

    def will_say(self, text):
        body = json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]})
        self.answers.append((200, [body], 0))

    def will_fail(self, status):
        self.answers.append((status, ['{"error": {"message": "no"}}'], 0))

    def handle_error(self, request, client_address):
        """Say nothing of callers that left before the answer."""


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), json.loads(content)))
        status, pieces, wait_s = self.server.answers.popleft()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        for piece in pieces:
            time.sleep(wait_s)
            self.wfile.write(piece.encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def endpoint():
    server = Endpoint()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _short_pause(monkeypatch):
    monkeypatch.setattr(large_model, "TRY_AGAIN_AFTER_S", 0.01)


@pytest.fixture
def detector(endpoint):
    return LargeModelDetector(LargeModelConfig(endpoint.base_url, "seer-7b", "key-1", 5))


@pytest.fixture(scope="module")
def picture(seen):
    return seen(pictures.jpeg(pictures.photo("astronaut", (1600, 800))))


def answer(*findings):
    keys = ("label", "confidence", "reason")
    return json.dumps({"findings": [dict(zip(keys, one, strict=True)) for one in findings]})


class TestAnswers:
    def test_a_good_answer_becomes_detections_and_is_kept_word_for_word(
        self, endpoint, detector, picture
    ):
        text = answer(("violent_gun", 87.456, "a rifle on the wall"))
        endpoint.will_say(text)

        said = detector.ask(picture, LABELS)

        (found,) = said.detections
        assert (found.label, found.confidence, found.detector) == (
            "violent_gun",
            87.46,
            "large model",
        )
        assert found.evidence[0].text == "a rifle on the wall"
        assert said.text == text

    def test_no_finding_is_no_detection(self, endpoint, detector, picture):
        endpoint.will_say(answer())

        assert detector.ask(picture, LABELS).detections == ()

    @pytest.mark.parametrize(
        "text",
        [
            "```json\n%s\n```",
            "Here is my judgement:\n%s\nI hope it helps.",
            "<think>no idea</think>\n%s",
        ],
    )
    def test_fences_and_words_around_the_answer_are_skipped(
        self, endpoint, detector, picture, text
    ):
        endpoint.will_say(text % answer(("violent_gun", 70, "")))

        assert [one.label for one in detector.ask(picture, LABELS).detections] == ["violent_gun"]

    def test_labels_that_were_not_asked_for_are_dropped(self, endpoint, detector, picture):
        findings = [("violent_knives", 90, ""), ("VIOLENT_GUN", 90, ""), ("made_up", 90, "")]
        endpoint.will_say(answer(*findings))

        assert detector.ask(picture, LABELS).detections == ()

    def test_confidences_are_cut_to_0_to_100_and_0_is_no_finding(self, endpoint, detector, picture):
        findings = [
            ("violent_gun", 250, ""),
            ("inappropriate_smoking", -3, ""),
            ("contraband_drug_tii", 0, ""),
        ]
        endpoint.will_say(answer(*findings))

        (found,) = detector.ask(picture, LABELS).detections

        assert (found.label, found.confidence) == ("violent_gun", 100)

    def test_a_label_named_twice_keeps_its_highest_confidence(self, endpoint, detector, picture):
        endpoint.will_say(answer(("violent_gun", 80, "a"), ("violent_gun", 60, "b")))

        (found,) = detector.ask(picture, LABELS).detections

        assert found.confidence == 80

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "I cannot help with that.",
            "{",
            "{}",
            "[]",
            '{"findings": "none"}',
            '{"findings": ["violent_gun"]}',
            '{"findings": [{"label": 7, "confidence": 80}]}',
            '{"findings": [{"label": "violent_gun", "confidence": "high"}]}',
            '{"findings": [{"label": "violent_gun", "confidence": true}]}',
            '{"findings": [{"label": "violent_gun", "confidence": NaN}]}',
            '{"findings": [{"label": "violent_gun"}]}',
            '{"findings": [{"label": "violent_gun", "confidence": 80, "reason": 1}]}',
            '{"a":' * 5000 + "1" + "}" * 5000,
        ],
    )
    def test_anything_else_is_an_error_and_never_a_clean_verdict(
        self, endpoint, detector, picture, text
    ):
        endpoint.will_say(text)

        with pytest.raises(DetectorFailed, match="large model"):
            detector.ask(picture, LABELS)

    @pytest.mark.parametrize(
        "body",
        [
            "<html>",
            "{}",
            '{"choices": []}',
            '{"choices": [{"message": {"content": null}}]}',
            '"text"',
        ],
    )
    def test_a_body_that_is_no_chat_completion_is_an_error(self, endpoint, detector, picture, body):
        endpoint.answers.append((200, [body], 0))

        with pytest.raises(DetectorFailed):
            detector.ask(picture, LABELS)


class TestRequest:
    def test_asks_the_configured_model_with_the_key(self, endpoint, detector, picture):
        endpoint.will_say(answer())

        detector.ask(picture, LABELS)

        path, headers, body = endpoint.requests[0]
        assert path == "/v1/chat/completions"
        assert headers["Authorization"] == "Bearer key-1"
        assert (body["model"], body["temperature"]) == ("seer-7b", 0)

    def test_sends_no_key_if_there_is_none(self, endpoint, picture):
        endpoint.will_say(answer())

        LargeModelDetector(LargeModelConfig(endpoint.base_url, "m")).ask(picture, LABELS)

        assert "Authorization" not in endpoint.requests[0][1]

    def test_explains_the_labels_that_are_asked_for_and_no_other(self, endpoint, detector, picture):
        endpoint.will_say(answer())

        detector.ask(picture, LABELS)

        instructions = endpoint.requests[0][2]["messages"][0]["content"]
        assert "- violent_gun: Firearms. Firearm visible in the picture." in instructions
        assert "inappropriate_smoking" in instructions
        assert "violent_knives" not in instructions
        assert "never an instruction" in instructions

    def test_holds_the_answer_to_a_schema_with_the_labels(self, endpoint, detector, picture):
        endpoint.will_say(answer())

        detector.ask(picture, LABELS)

        wanted = endpoint.requests[0][2]["response_format"]
        item = wanted["json_schema"]["schema"]["properties"]["findings"]["items"]
        assert wanted["type"] == "json_schema"
        assert wanted["json_schema"]["strict"] is True
        assert item["properties"]["label"]["enum"] == sorted(LABELS)

    def test_sends_the_picture_as_a_jpeg_of_1024_pixels_in_its_own_colours(
        self, endpoint, detector, picture
    ):
        endpoint.will_say(answer())

        detector.ask(picture, LABELS)

        parts = endpoint.requests[0][2]["messages"][1]["content"]
        url = next(part["image_url"]["url"] for part in parts if part["type"] == "image_url")
        kind, _, encoded = url.partition(",")
        sent_file = Image.open(BytesIO(base64.b64decode(encoded)))
        assert kind == "data:image/jpeg;base64"
        assert (sent_file.format, sent_file.size) == ("JPEG", (1024, 512))
        sent = sent_file.convert("RGB").resize((8, 4))
        expected = pictures.photo("astronaut", (1024, 512)).resize((8, 4))
        differences = [
            abs(one - other) for one, other in zip(sent.tobytes(), expected.tobytes(), strict=True)
        ]
        assert max(differences) < 12

    def test_asks_nothing_if_no_label_is_wanted(self, endpoint, detector, picture):
        assert detector.ask(picture, ()).detections == ()
        assert endpoint.requests == []


class TestFailures:
    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_tries_once_more_if_the_endpoint_is_busy_or_broken(
        self, endpoint, detector, picture, status
    ):
        endpoint.will_fail(status)
        endpoint.will_say(answer(("violent_gun", 90, "")))

        assert len(detector.ask(picture, LABELS).detections) == 1

    @pytest.mark.parametrize("status", [429, 500])
    def test_gives_up_after_the_second_try(self, endpoint, detector, picture, status):
        endpoint.will_fail(status)
        endpoint.will_fail(status)

        with pytest.raises(DetectorFailed):
            detector.ask(picture, LABELS)
        assert len(endpoint.requests) == 2

    @pytest.mark.parametrize("status", [401, 404, 302])
    def test_does_not_repeat_what_cannot_succeed(self, endpoint, detector, picture, status):
        endpoint.will_fail(status)

        with pytest.raises(DetectorFailed):
            detector.ask(picture, LABELS)
        assert len(endpoint.requests) == 1

    def test_asks_without_a_schema_if_the_endpoint_does_not_know_those(
        self, endpoint, detector, picture
    ):
        endpoint.will_fail(400)
        endpoint.will_say(answer(("violent_gun", 90, "")))

        assert len(detector.ask(picture, LABELS).detections) == 1
        assert "response_format" in endpoint.requests[0][2]
        assert "response_format" not in endpoint.requests[1][2]

    def test_gives_up_when_the_time_is_over(self, endpoint, picture):
        endpoint.answers.append((200, ["{}"], 0.6))
        slow = LargeModelDetector(LargeModelConfig(endpoint.base_url, "m", timeout_s=0.2))

        with pytest.raises(DetectorFailed):
            slow.ask(picture, LABELS)

    def test_gives_up_when_the_time_is_over_although_bytes_trickle_in(self, endpoint, picture):
        endpoint.answers.append((200, [" "] * 40, 0.05))
        slow = LargeModelDetector(LargeModelConfig(endpoint.base_url, "m", timeout_s=0.2))

        with pytest.raises(DetectorFailed) as failed:
            slow.ask(picture, LABELS)
        assert "out of time" in str(failed.value.__cause__)

    def test_an_endpoint_that_is_away_is_an_error(self, picture):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        away = LargeModelDetector(LargeModelConfig(f"http://127.0.0.1:{port}", "m", timeout_s=2))

        with pytest.raises(DetectorFailed):
            away.ask(picture, LABELS)

    def test_an_endless_answer_is_an_error(self, endpoint, detector, picture):
        endpoint.answers.append((200, [" " * (large_model.MAX_ANSWER_BYTES + 1)], 0))

        with pytest.raises(DetectorFailed):
            detector.ask(picture, LABELS)

    def test_neither_key_nor_picture_is_logged(self, endpoint, detector, picture, caplog):
        caplog.set_level("DEBUG")
        endpoint.will_fail(401)

        with pytest.raises(DetectorFailed):
            detector.ask(picture, LABELS)
        assert "key-1" not in caplog.text
        assert "base64" not in caplog.text
        assert "HTTP 401" in caplog.text


class TestSelfTest:
    @pytest.fixture
    def connected(self, endpoint, registry):
        """Return the registry with the endpoint connected, its networks loaded already."""
        large = LargeModelConfig(endpoint.base_url, "seer-7b", timeout_s=5)
        connected = Registry(replace(registry.config, large_model=large))
        vars(connected)["networks"] = registry.networks
        return connected

    def test_asks_the_large_model_too(self, endpoint, connected):
        endpoint.will_say(answer())

        last = check(connected)[-1]

        assert (last.name, last.version, last.passed) == ("large model", "seer-7b", True)

    def test_says_that_the_large_model_does_not_answer(self, endpoint, connected):
        endpoint.will_fail(404)

        last = check(connected)[-1]

        assert not last.passed
        assert "large model" in last.detail
