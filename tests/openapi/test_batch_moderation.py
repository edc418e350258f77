"""ImageBatchModeration: one picture, several services, their answers and the union of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from console.models import AccessKey
from openapi.actions.image_batch_moderation import union
from tests.openapi.calls import call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("submissions")]

URL = "https://example.com/picture.jpg"
SERVICES = ["postImageCheck", "baselineCheck_global", "faceDetect_cb"]


def moderate(access_key: AccessKey, services: str, values: Any) -> dict[str, Any]:
    parameters = {"Service": services, "ServiceParameters": json.dumps(values)}
    response = call(access_key.key_id, parameters, action="ImageBatchModeration")
    answer: dict[str, Any] = json.loads(response.content)
    return answer


def label(code: str, risk_level: str, confidence: float | None = None) -> dict[str, Any]:
    entry = {"Label": code, "RiskLevel": risk_level}
    return entry if confidence is None else entry | {"Confidence": confidence}


class TestAnswers:
    def test_there_is_one_part_for_each_service_in_the_order_asked(self, access_key, submissions):
        values = {"imageUrl": URL, "dataId": "post-1", "infoType": "textInImage"}

        answer = moderate(access_key, " , ".join(SERVICES), values)

        parts = answer["Data"]["Results"]
        assert answer["Code"] == 200
        assert [part["Service"] for part in parts] == SERVICES
        assert answer["Data"]["DataId"] == "post-1"
        assert answer["Data"]["RiskLevel"] == "high"
        assert [one["Label"] for one in answer["Data"]["Result"]] == [
            "contraband_drug_tii",
            "pt_qrCode",
        ]
        assert all(part["Ext"]["TextInImage"]["OcrResult"] for part in parts)
        assert len(submissions) == 1  # downloaded once
        assert submissions[0].request_id == answer["RequestId"]

    def test_a_service_that_is_named_twice_answers_once(self, access_key):
        answer = moderate(access_key, "postImageCheck,postImageCheck,", {"imageUrl": URL})

        assert [part["Service"] for part in answer["Data"]["Results"]] == ["postImageCheck"]

    @pytest.mark.parametrize(
        ("services", "values", "code"),
        [
            ("", {"imageUrl": URL}, 400),
            (",", {"imageUrl": URL}, 400),
            ("postImageCheck,nonsense", {"imageUrl": URL}, 401),
            (",".join(f"s{number}" for number in range(11)), {"imageUrl": URL}, 401),
            ("postImageCheck", {}, 400),
            ("postImageCheck", {"imageUrl": URL, "infoType": "vlContent"}, 401),
            ("postImageCheck,baselineCheckByVL", {"imageUrl": URL, "infoType": "vlContent"}, 200),
        ],
    )
    def test_bad_parameters_get_their_codes(self, access_key, services, values, code):
        assert moderate(access_key, services, values)["Code"] == code

    def test_each_service_counts_as_a_call(self, access_key, settings):
        settings.QPS_LIMIT = 1

        assert moderate(access_key, ",".join(SERVICES), {"imageUrl": URL})["Code"] == 403


class TestUnion:
    def test_a_label_is_there_once_at_its_most_serious(self):
        labels = [label("a", "low", 30.0), label("b", "medium", 70.0), label("a", "high", 90.0)]

        assert union(labels) == [label("a", "high", 90.0), label("b", "medium", 70.0)]

    def test_what_is_harmless_for_one_service_only_is_not_harmless(self):
        assert union([label("nonLabel", "none"), label("a", "low", 30.0)]) == [
            label("a", "low", 30.0)
        ]

    def test_what_is_harmless_for_all_is_so_once(self):
        assert union([label("nonLabel", "none")] * 2) == [label("nonLabel", "none")]
