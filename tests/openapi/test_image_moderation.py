"""ImageModeration: its parameters in the documented order, and its answers word for word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from moderation import errors
from rules.models import Service
from tests.factories import AccountFactory
from tests.openapi.calls import call, moderate, send
from tests.openapi.signing import signed_headers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("submissions")]

GOLDEN = Path(__file__).parent / "golden"
URL = "https://example.com/picture.jpg"
SERVICE = "baselineCheck_global"
ALL_INFO = "customImage,textInImage,publicFigure,logoData"


def assert_golden(name: str, answer: dict[str, Any]) -> None:
    assert len(answer.pop("RequestId")) == 36
    assert answer == json.loads((GOLDEN / f"{name}.json").read_text())


class TestAnswers:
    def test_a_hit(self, access_key):
        assert_golden("hit", moderate(access_key.key_id, SERVICE, {"imageUrl": URL}))

    def test_a_hit_with_all_that_can_be_asked_for(self, access_key):
        values = {"imageUrl": URL, "dataId": "post-881", "accountId": "u7", "infoType": ALL_INFO}

        answer = moderate(access_key.key_id, SERVICE, values)

        assert_golden("hit_with_extra_information", answer)

    def test_a_business_error(self, access_key):
        with patch("results.services.moderate", side_effect=errors.DownloadTimedOut("Too slow.")):
            answer = moderate(access_key.key_id, SERVICE, {"imageUrl": URL})

        assert_golden("business_error", answer)

    def test_a_gateway_error(self, access_key):
        response = call(access_key.key_id, action="TextModeration")

        assert response.status_code == 404
        assert_golden("gateway_error", json.loads(response.content))

    def test_a_detector_that_fails_is_named(self, access_key):
        with patch("results.services.moderate", side_effect=errors.DetectorFailed("open_nsfw")):
            answer = moderate(access_key.key_id, SERVICE, {"imageUrl": URL})

        assert answer["Code"] == 500
        assert "open_nsfw" in answer["Msg"]


class TestSubmission:
    def test_it_carries_what_the_caller_said(self, access_key, submissions):
        values = {
            "imageUrl": URL,
            "dataId": "a-Z_9.x",
            "referer": "https://example.com/",
            "infoType": "textInImage, customImage",
            "unknown": 1,
        }

        answer = moderate(access_key.key_id, SERVICE, values)

        (submission,) = submissions
        assert (submission.url, submission.data_id) == (URL, "a-Z_9.x")
        assert submission.referer == "https://example.com/"
        assert submission.needs_text
        assert submission.access_key == access_key
        assert submission.request_id == answer["RequestId"]

    def test_text_is_read_only_if_asked_for(self, access_key, submissions):
        moderate(access_key.key_id, SERVICE, {"imageUrl": URL, "infoType": "customImage"})

        assert not submissions[0].needs_text

    def test_service_parameters_may_be_an_object_in_a_json_body(self, access_key, submissions):
        body = json.dumps({"Service": SERVICE, "ServiceParameters": {"imageUrl": URL}}).encode()
        json_type = {"content-type": "application/json; charset=utf-8"}

        response = send(signed_headers(access_key.key_id, body=body, extra=json_type), body=body)

        assert json.loads(response.content)["Code"] == 200
        assert submissions[0].url == URL

    def test_the_url_wins_over_a_bucket(self, access_key, submissions):
        values = {"imageUrl": URL, "ossBucketName": "b", "ossObjectName": "o"}

        assert moderate(access_key.key_id, SERVICE, values)["Code"] == 200
        assert submissions[0].url == URL

    def test_empty_values_count_as_absent(self, access_key):
        values = {"imageUrl": URL, "dataId": "", "referer": None, "infoType": ""}

        assert moderate(access_key.key_id, SERVICE, values)["Code"] == 200


class TestServices:
    def test_cb_is_another_name_of_a_service_that_has_only_a_global_one(self, access_key):
        assert moderate(access_key.key_id, "faceDetect_cb", {"imageUrl": URL})["Code"] == 200

    @pytest.mark.parametrize("code", ["nonsense", "baselinecheck_global", "nonsense_cb"])
    def test_an_unknown_service_is_refused(self, access_key, code):
        answer = moderate(access_key.key_id, code, {"imageUrl": URL})

        assert answer["Code"] == 401
        assert code in answer["Msg"]

    def test_the_service_of_another_account_is_unknown(self, access_key):
        Service.objects.filter(account=access_key.account).update(account=AccountFactory.create())

        assert moderate(access_key.key_id, SERVICE, {"imageUrl": URL})["Code"] == 401

    def test_only_large_model_services_take_vlcontent(self, access_key):
        values = {"imageUrl": URL, "infoType": "vlContent"}

        assert moderate(access_key.key_id, "baselineCheckByVL", values)["Code"] == 200
        assert moderate(access_key.key_id, SERVICE, values)["Code"] == 401


@pytest.mark.parametrize(
    ("service", "values", "code"),
    [
        ("", {"imageUrl": URL}, 400),
        (SERVICE, "", 400),
        (SERVICE, "{", 401),
        (SERVICE, "[]", 401),
        (SERVICE, "[" * 100_000, 401),
        (SERVICE, '"text"', 401),
        (SERVICE, {}, 400),
        (SERVICE, {"imageUrl": ""}, 400),
        (SERVICE, {"imageUrl": ["x"]}, 401),
        (SERVICE, {"ossBucketName": "bucket"}, 400),
        (SERVICE, {"ossBucketName": "bucket", "ossObjectName": "中文 name.png"}, 408),
        (SERVICE, {"ossBucketName": "a\0b", "ossObjectName": "name.png"}, 401),
        (SERVICE, {"ossBucketName": "bucket", "ossObjectName": "half a character: \ud800"}, 401),
        (SERVICE, {"imageUrl": "https://example.com/" + "a" * 2028}, 200),
        (SERVICE, {"imageUrl": "https://example.com/" + "a" * 2029}, 402),
        (SERVICE, {"imageUrl": "https://example.com/中文.png"}, 401),
        (SERVICE, {"imageUrl": "https://example.com/%E4%B8%AD.png"}, 200),
        (SERVICE, {"imageUrl": "https://example.com/a b.png"}, 401),
        (SERVICE, {"imageUrl": "https://example.com/a\r\nHost:b"}, 401),
        (SERVICE, {"imageUrl": "ftp://example.com/a.png"}, 401),
        (SERVICE, {"imageUrl": "file:///etc/passwd"}, 401),
        (SERVICE, {"imageUrl": "https:///a.png"}, 401),
        (SERVICE, {"imageUrl": "http://[::1"}, 401),
        (SERVICE, {"imageUrl": "example.com/a.png"}, 401),
        (SERVICE, {"imageUrl": URL, "dataId": "a" * 64}, 200),
        (SERVICE, {"imageUrl": URL, "dataId": "a" * 65}, 402),
        (SERVICE, {"imageUrl": URL, "dataId": "a b"}, 401),
        (SERVICE, {"imageUrl": URL, "dataId": "文"}, 401),
        (SERVICE, {"imageUrl": URL, "dataId": "a\n"}, 401),
        (SERVICE, {"imageUrl": URL, "referer": "r" * 256}, 200),
        (SERVICE, {"imageUrl": URL, "referer": "r" * 257}, 402),
        (SERVICE, {"imageUrl": URL, "referer": "a\r\nX-Evil: 1"}, 401),
        (SERVICE, {"imageUrl": URL, "infoType": "everything"}, 401),
        (SERVICE, {"imageUrl": URL, "infoType": "half a character: \ud800"}, 401),
        (SERVICE, {"imageUrl": URL, "accountId": "half a character: \ud800"}, 200),
        (SERVICE, '{"imageUrl": NaN}', 401),
        (SERVICE, '{"imageUrl": ' + "1" * 5000 + "}", 401),
        # The order of checks: what is missing, then services, then lengths, then values.
        ("nonsense", "{", 401),
        ("nonsense", {}, 401),
        (SERVICE, {"dataId": "a" * 65}, 400),
        (SERVICE, {"imageUrl": "中", "dataId": "a" * 65}, 402),
    ],
)
def test_each_parameter_gets_its_documented_code(access_key, service, values, code):
    answer = moderate(access_key.key_id, service, values)

    assert answer["Code"] == code
    assert answer["RequestId"]
    assert "Data" in answer if code == 200 else answer["Msg"].endswith(".")
