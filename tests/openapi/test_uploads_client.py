"""What programs upload, through every action that takes it; with a real worker."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests import pictures
from tests.openapi.installation import fresh_installation
from tests.openapi.picture_server import picture_server
from tests.openapi.sdk import Sdk
from tests.openapi.sdk_config import sdk_config
from tests.real_workers import real_worker, wait_for
from tests.web_server import web_server

pytestmark = pytest.mark.slow
SERVICE = "postImageCheck"
QR_CODE = pictures.png(pictures.qr_code("https://example.com/join?group=42"))
IN_PROGRESS = 280


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sdk]:
    """An installation of its own, with two web processes and a worker."""
    folder = tmp_path_factory.mktemp("data")
    with (
        fresh_installation(folder, Path(settings.MODEL_DIR)) as made,
        web_server("console.wsgi:application", environment=made.environment, workers=2) as server,
        real_worker(folder, {**os.environ, **made.environment}, "--beat"),
    ):
        yield Sdk(sdk_config(made, server.port))


def place_of(bucket: str, name: str) -> str:
    return json.dumps({"ossBucketName": bucket, "ossObjectName": name, "dataId": "upload"})


def labels(data: dict[str, Any]) -> set[str]:
    return {label["Label"] for label in data["Result"]}


class TestPictures:
    def test_at_once(self, sdk):
        place = place_of(*sdk.upload(".png", QR_CODE))

        answer = sdk.moderation("ImageModeration", service=SERVICE, service_parameters=place)

        assert "pt_qrCode" in labels(answer["Data"])

    def test_by_several_services_at_once(self, sdk):
        place = place_of(*sdk.upload(".png", QR_CODE))

        answer = sdk.moderation(
            "ImageBatchModeration", service=f"generalOcr,{SERVICE}", service_parameters=place
        )

        assert "pt_qrCode" in labels(answer["Data"])

    def test_later(self, sdk):
        place = place_of(*sdk.upload(".png", QR_CODE))
        accepted = sdk.moderation("ImageAsyncModeration", service=SERVICE, service_parameters=place)
        question = {"req_id": accepted["Data"]["ReqId"]}

        def answer() -> Any:
            return sdk.moderation("DescribeImageModerationResult", **question)

        wait_for(lambda: answer()["Code"] != IN_PROGRESS)
        data = answer()["Data"]
        assert "pt_qrCode" in labels(data)
        assert data["DataId"] == "upload"


class TestOnlineTests:
    def result(self, sdk: Sdk, url: str) -> dict[str, Any]:
        created = sdk("CreateOnlineTest", resource_type="image", service_code=SERVICE, url=url)
        call = {"task_id": created["TaskId"], "service_code": SERVICE, "resource_type": "image"}
        wait_for(lambda: sdk("DescribeOnlineTestResult", **call)["TaskStatus"] != "RUNNING")
        return sdk("DescribeOnlineTestResult", **call)

    def test_of_an_upload(self, sdk):
        _bucket, name = sdk.upload(".png", QR_CODE)
        link = sdk.data("GetUploadLink", upload_url=name)

        result = self.result(sdk, link)

        assert (result["TaskStatus"], result["Url"]) == ("SUCCESS", link)
        (record,) = self.records(sdk, result["TaskId"])
        assert "pt_qrCode" in record["Labels"]

    def test_of_an_address(self, sdk):
        with picture_server() as (address, _):
            result = self.result(sdk, f"{address}/code.png")

        assert result["TaskStatus"] == "SUCCESS"
        assert result["SummaryList"][0]["RiskLevel"] == result["RiskLevel"]
        (record,) = self.records(sdk, result["TaskId"])
        assert "pt_qrCode" in record["Labels"]

    def test_of_nothing(self, sdk):
        with picture_server() as (address, _):
            result = self.result(sdk, f"{address}/missing.jpg")

        assert result["TaskStatus"] == "FAILED"
        assert "RiskLevel" not in result

    @staticmethod
    def records(sdk: Sdk, request_id: str) -> list[dict[str, Any]]:
        query = {"RequestId": request_id}
        items: list[dict[str, Any]] = sdk.data("GetScanResult", resource_type="image", query=query)[
            "Items"
        ]
        return items


class TestKeywords:
    def test_a_file_of_words_is_added(self, sdk):
        made = sdk.data("AddKeywordLib", lib_name="Uploaded words")
        _bucket, name = sdk.upload(".csv", "free trial\r\n限时优惠\r\na@b\r\n".encode())

        data = sdk.data("AddKeywords", lib_id=made["LibId"], keywords_object=name)

        assert data["KeywordsResult"]["SuccessCount"] == 2
        assert data["KeywordsResult"]["InvalidKeywords"] == ["a@b"]
        again = sdk.data("GetKeywordImportResult", task_id=data["TaskId"])
        assert (again["SuccessCount"], again["Progress"]) == (2, 100)
        words = sdk.data("ListKeywords", lib_id=made["LibId"])["Items"]
        assert {word["Word"] for word in words} == {"free trial", "限时优惠"}

    def test_a_vocabulary_is_made_of_a_file(self, sdk):
        _bucket, name = sdk.upload(".txt", b"last chance\n")

        made = sdk.data("AddKeywordLib", lib_name="Made of a file", keywords_object=name)

        assert made["KeywordsResult"]["SuccessCount"] == 1

    def test_what_is_no_text_is_refused(self, sdk):
        made = sdk.data("AddKeywordLib", lib_name="Not words")
        _bucket, name = sdk.upload(".xlsx", QR_CODE)

        answer = sdk("AddKeywords", lib_id=made["LibId"], keywords_object=name)

        assert answer["Code"] == 407
