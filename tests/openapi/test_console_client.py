"""The vendor's unmodified client of the console actions against real server processes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from django.conf import settings

from tests.openapi.installation import fresh_installation
from tests.openapi.picture_server import picture_server
from tests.openapi.sdk import Sdk
from tests.openapi.sdk_config import sdk_config
from tests.web_server import web_server

SERVICE, SCENE, DRUG = "baselineCheck_global", "contraband", "contraband_drug"
LIVE_WITHIN_S = 20  # on a busy machine


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sdk]:
    """An installation of its own, with two web processes."""
    folder = tmp_path_factory.mktemp("data")
    with (
        fresh_installation(folder, Path(settings.MODEL_DIR)) as made,
        web_server("console.wsgi:application", environment=made.environment, workers=2) as server,
    ):
        yield Sdk(sdk_config(made, server.port))


@pytest.fixture(scope="module")
def pictures() -> Iterator[str]:
    with picture_server() as (address, _):
        yield address


def policy(sdk: Sdk, service: str, label: str, scene: str = SCENE) -> dict[str, Any]:
    conf = sdk("GetServiceConf", service_code=service, scene=scene)["CustomServiceConf"]
    (found,) = [one for one in conf["Scenes"][0]["Labels"] if one["Label"] == label]
    return dict(found)


def scene_config(*labels: dict[str, Any]) -> str:
    return json.dumps({"Labels": labels})


class TestVocabulary:
    def test_its_life(self, sdk):
        created = sdk.data("AddKeywordLib", lib_name="Slang", keywords="cat\ndog\nc@t\ncat")
        library_id = created["LibId"]
        assert created["KeywordsResult"]["SuccessCount"] == 2
        assert created["KeywordsResult"]["InvalidKeywords"] == ["c@t"]
        assert created["KeywordsResult"]["RepeatKeywords"] == ["cat"]

        again = sdk.data("GetKeywordImportResult", task_id=created["TaskId"])
        assert (again["Progress"], again["TotalCount"]) == (100, 4)

        (listed,) = sdk.data("ListKeywordLibs")
        assert (listed["LibName"], listed["KeywordCount"]) == ("Slang", "2")
        assert sdk.data("UpdateKeywordLib", lib_id=library_id, lib_name="Jargon") is True
        assert sdk.data("GetKeywordLib", lib_id=library_id)["LibName"] == "Jargon"

        assert sdk.data("AddKeywords", lib_id=library_id, keywords="猫")["LibId"] == library_id
        newer = sdk("AddKeywordsToLib", lib_id=library_id, keywords="owl")
        assert newer["Data"]["KeywordsResult"]["SuccessCount"] == 1
        page = sdk.data(
            "ListKeywords",
            lib_id=library_id,
            current_page=1,
            page_size=3,
            sort={"GmtCreate": "desc"},
        )
        assert [item["Word"] for item in page["Items"]] == ["owl", "猫", "dog"]
        assert (page["TotalCount"], page["PageSize"]) == (4, 3)

        owl = page["Items"][0]["Id"]
        assert sdk.data("DeleteKeyword", lib_id=library_id, keyword_ids=f"[{owl}]") is True
        with urlopen(sdk.data("ExportKeyword", lib_id=library_id)) as file:
            assert file.read().decode() == "cat\ndog\n猫\n"

        assert sdk.data("DeleteKeywordLib", lib_id=library_id) is True
        assert sdk("GetKeywordLib", lib_id=library_id)["Code"] == 401

    def test_one_in_use_is_taken_out_of_the_rules(self, sdk):
        library_id = sdk.data("AddKeywordLib", lib_name="Ignored")["LibId"]
        sdk.data("UpdateServiceConfig", service_code=SERVICE, keyword_filter_libs=f"[{library_id}]")
        (listed,) = [one for one in sdk.data("ListKeywordLibs") if one["LibId"] == library_id]
        assert listed["ServiceCodes"] == SERVICE

        sdk.data("DeleteKeywordLib", lib_id=library_id)

        conf = sdk.data("GetServiceConfig", service_code=SERVICE)["CustomServiceConf"]
        assert conf["KeywordFilterLibs"] == []

    def test_a_hundred_thousand_words_in_one_call(self, sdk):
        words = "\n".join(f"word {number}" for number in range(99_000))

        created = sdk.data("AddKeywordLib", lib_name="Many", keywords=words)

        assert created["KeywordsResult"]["SuccessCount"] == 99_000
        full = sdk("AddKeywords", lib_id=created["LibId"], keywords=words)
        assert full["Data"]["KeywordsResult"]["RepeatCount"] == 99_000
        sdk.data("DeleteKeywordLib", lib_id=created["LibId"])


class TestRules:
    def test_their_life(self, sdk, pictures):
        assert sdk("CopyServiceConfig", service_code="postImageCheck", service_name="Posts")["Data"]
        copy = "postImageCheck_01"
        sdk("ModifyServiceInfo", service_code=copy, service_desc="For the forum")
        listed = sdk.data("ListServiceConfigs", resource_type="image", use_status="in")
        (found,) = [one for one in listed if one["ServiceCode"] == copy]
        assert (found["ServiceName"], found["ServiceDesc"]) == ("Posts", "For the forum")
        assert found["CopyFrom"] == "postImageCheck"

        url = f"{pictures}/code.png"
        deadline = time.monotonic() + LIVE_WITHIN_S
        assert "pt_qrCode" in sdk.labels(url, copy)
        change = scene_config({"Label": "pt_qrCode", "Enabled": False})
        sdk.data("UpdateServiceConfig", service_code=copy, scene="ads", scene_config=change)
        while "pt_qrCode" in sdk.labels(url, copy):
            assert time.monotonic() < deadline
        assert "pt_qrCode" in sdk.labels(url, "postImageCheck")
        assert not policy(sdk, copy, "pt_qrCode", "ads")["Enabled"]
        factory = sdk("GetServiceConf", service_code=copy, scene="ads", by_default=True)
        labels = factory["CustomServiceConf"]["Scenes"][0]["Labels"]
        assert all(label["Enabled"] for label in labels if label["Label"] == "pt_qrCode")

    def test_a_dry_run_and_a_repetition_change_nothing(self, sdk):
        off, on = (scene_config({"Label": DRUG, "Enabled": value}) for value in (False, True))
        call = {"service_code": SERVICE, "scene": SCENE}
        assert sdk.data("UpdateServiceConfig", **call, scene_config=off, dry_run=True) is True
        assert policy(sdk, SERVICE, DRUG)["Enabled"]

        sdk.data("UpdateServiceConfig", **call, scene_config=off, client_token="t1")
        sdk.data("UpdateServiceConfig", **call, scene_config=on)
        assert sdk.data("UpdateServiceConfig", **call, scene_config=off, client_token="t1") is True

        assert policy(sdk, SERVICE, DRUG)["Enabled"]

    def test_many_at_once_are_merged(self, sdk):
        labels = [
            "contraband_drug_tii",
            "contraband_gamble",
            "contraband_gamble_tii",
            DRUG,
        ]

        def save(label: str) -> Any:
            return sdk.data(
                "UpdateServiceConfig",
                service_code=SERVICE,
                scene=SCENE,
                scene_config=scene_config({"Label": label, "MediumScore": 12.5, "HighScore": 90}),
            )

        with ThreadPoolExecutor(len(labels)) as pool:
            assert list(pool.map(save, labels)) == [True] * len(labels)

        scores = [policy(sdk, SERVICE, label)["MediumScore"] for label in labels]
        assert scores == [12.5] * len(labels)

    def test_one_token_sent_by_many_at_once_counts_once(self, sdk):
        def copy_scores(score: int) -> Any:
            return sdk.data(
                "UpdateServiceConfig",
                service_code="aigcCheck",
                manual_machine_config=json.dumps({"CallbackId": score}),
                client_token="many",
            )

        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(copy_scores, range(1, 5)))

        conf = sdk.data("GetServiceConfig", service_code="aigcCheck")["CustomServiceConf"]
        assert conf["ManualMachineConfig"]["CallbackId"] in range(1, 5)

    @pytest.mark.parametrize(
        ("parameters", "code"),
        [
            ({"service_code": "nonsense"}, 401),
            ({"service_code": ""}, 400),
            (
                {
                    "service_code": SERVICE,
                    "scene": SCENE,
                    "scene_config": scene_config(
                        {"Label": DRUG, "MediumScore": 90, "HighScore": 80}
                    ),
                },
                401,
            ),
            ({"service_code": SERVICE, "keyword_filter_libs": "[999999]"}, 401),
        ],
    )
    def test_a_refusal_is_a_code(self, sdk, parameters, code):
        answer = sdk("UpdateServiceConfig", **parameters)

        assert (answer["Code"], answer["HttpStatusCode"]) == (code, code)
        assert answer["Success"] is False
        assert answer["Msg"]

    def test_without_a_code_a_refusal_is_an_exception(self, sdk):
        refusal = sdk.refusal("CopyServiceConfig", service_code="nonsense", service_name="x")

        assert (refusal.code, refusal.data["statusCode"]) == ("InvalidParameter", 400)
        assert "nonsense" in refusal.message


class TestRecords:
    def test_a_call_is_found_and_given_feedback(self, sdk, pictures):
        url = f"{pictures}/code.png"
        assert "pt_qrCode" in sdk.labels(url, "advertisingCheck")

        query = {"ServiceCode": "advertisingCheck", "Labels": "!=nonLabel"}
        page = sdk.data("GetScanResult", resource_type="image", query=query)
        (record,) = page["Items"]
        assert (record["Url"], record["RequestFrom"]) == (url, "api")
        assert json.loads(record["ScanResult"])["Data"]["RiskLevel"] == record["RiskLevel"]
        with urlopen(record["Thumbnail"]) as thumbnail:
            assert thumbnail.headers["Content-Type"] == "image/webp"

        with urlopen(sdk.data("ExportScanResult", resource_type="image", query=query)) as book:
            assert book.read(2) == b"PK"

        given = sdk(
            "UpdateScanResultFeedback",
            query_request_id=record["RequestId"],
            feedback="misreport",
            labels="pt_qrCode",
        )
        assert given["Data"] is True
        found = sdk.data("GetScanResult", resource_type="image", query={"DataId": ""})
        assert "misreport" in {item["ExtFeedback"] for item in found["Items"]}

    def test_an_unknown_record_is_not_found(self, sdk):
        refusal = sdk.refusal(
            "UpdateScanResultFeedback", query_request_id="none", feedback="misreport"
        )

        assert (refusal.code, refusal.data["statusCode"]) == ("NotFound", 404)


class TestUsage:
    def test_calls_are_counted_at_once(self, sdk, pictures):
        sdk.labels(f"{pictures}/cat.jpg", "profilePhotoCheck")

        data = sdk.data("GetCipStats", resource_type="image", service_code="profilePhotoCheck")

        (series,) = data["Y"]
        assert (series["Name"], series["Data"][-1]) == ("profilePhotoCheck", 1)
        assert data["TotalStat"] == {"profilePhotoCheck": {"Total": 1}}
        with urlopen(sdk.data("ExportCipStats", resource_type="image", by_month=True)) as book:
            assert book.read(2) == b"PK"


class TestOnlineTests:
    def test_one_is_started_stopped_and_cleared(self, sdk, pictures):
        url = f"{pictures}/cat.jpg"
        created = sdk("CreateOnlineTest", resource_type="image", service_code=SERVICE, url=url)
        assert (created["TaskStatus"], created["Url"]) == ("RUNNING", url)  # there is no worker

        call = {"task_id": created["TaskId"], "service_code": SERVICE, "resource_type": "image"}
        assert sdk("DescribeOnlineTestResult", **call)["TaskStatus"] == "RUNNING"
        assert sdk("StopOnlineTest", **call)["TaskStatus"] == "STOPPED"
        assert sdk("DeleteOnlineTest")["Data"] is True

        assert sdk.refusal("DescribeOnlineTestResult", **call).code == "NotFound"


class TestCatalogues:
    def test_all_of_them(self, sdk):
        everything = sdk.data("GetImageSceneLabelConf")
        (service,) = [one for one in everything if one["ServiceCode"] == SERVICE]
        flat = sdk("GetImageSceneLabelListConf", image_service_code=SERVICE)["Data"]
        choices = sdk("GetServiceLabelConfig", service_code=SERVICE)["Data"]
        several = sdk("QueryLabelConfig", service_code=f"{SERVICE},riskDetection")

        labels = [label["Label"] for scene in service["Scenes"] for label in scene["Labels"]]
        assert len(labels) == 66
        assert [label["Label"] for label in flat] == labels
        assert [label["Label"] for label in choices] == labels
        assert len(several["ContentModeration"]) == 68

    def test_the_product_is_paid_for(self, sdk):
        assert sdk.data("GetUserBuyStatus") == {"Buy": True, "Indebt": False}
