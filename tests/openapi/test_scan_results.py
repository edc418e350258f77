"""Searching the detection results and giving feedback on them by the API."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from console.models import AuditEntry
from openapi.timestamps import server_time
from results.ids import first_id_of
from results.models import DetectionResult, Feedback, ResultLabel
from tests.factories import (
    AccessKeyFactory,
    DetectionResultFactory,
    HitFactory,
    ImageLibraryFactory,
)
from tests.openapi.console_calls import ConsoleClient
from tests.openapi.contract import breaches
from tests.openapi.golden_answers import assert_golden
from tests.openapi.signing import PLAIN_SECRET

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(account):
    return ConsoleClient(AccessKeyFactory.create(account=account, plain_secret=PLAIN_SECRET))


@pytest.fixture
def search(ask):
    """Search and return the request ids: search(Query={"DataId": "a"})."""

    def ids(**parameters):
        data = ask.data("GetScanResult", **{"ResourceType": "image", **parameters})
        return [item["RequestId"] for item in data["Items"]]

    return ids


def result(account, **values):
    return DetectionResultFactory.create(account=account, **values)


def fetched(address):
    """Open an address as a browser does that is not signed in, to the end."""
    response = Client().get(address.removeprefix("http://testserver"))
    assert response.getvalue() if response.streaming else response.content
    response.close()
    return response


def matched(library):
    """Return what a result keeps of a library image that was recognised."""
    match = {
        "library_id": library.pk,
        "image_id": 7,
        "similarity": 97.0,
        "vote": "pdq",
        "variant": "original",
        "distance": 4.0,
    }
    return {
        "findings": {"detections": [], "image_matches": [match], "keyword_matches": []},
        "text_lines": [],
        "detectors": [["objects", "1"]],
        "large_model_text": "",
    }


class TestRecord:
    def test_all_that_it_says(self, ask, account):
        one = HitFactory.create(
            account=account, data_id="post-881", picture_name="https://example.com/a.jpg"
        )
        DetectionResult.objects.update(created_at=datetime(2026, 1, 31, 8, tzinfo=UTC))
        Feedback.objects.create(account=account, result=one, kind=Feedback.Kind.FALSE_POSITIVE)

        answer = ask("GetScanResult", ResourceType="image")

        (item,) = answer["Data"]["Items"]
        scan = json.loads(item["ScanResult"])
        assert breaches("ImageModeration", scan, version="2022-03-02") == []
        assert (scan["Code"], scan["RequestId"]) == (200, one.request_id)
        item["ScanResult"] = "as checked above"
        assert fetched(item["Thumbnail"])["Content-Type"] == "image/webp"
        assert_golden(
            "get_scan_result",
            answer,
            RequestId=one.request_id,
            TaskId=one.request_id,
            Thumbnail=item["Thumbnail"],
        )

    def test_an_upload_has_the_address_of_its_preview(self, ask, account):
        result(account, picture_name="photo.jpg")

        (item,) = ask.data("GetScanResult", ResourceType="image")["Items"]

        response = fetched(item["ImageUrl"])
        assert response["Content-Type"] == "image/jpeg"
        assert response["Content-Security-Policy"].startswith("sandbox")
        assert item["ImageUrl"] == item["Url"]

    def test_the_picture_of_another_account_cannot_be_opened(self, ask, account):
        mine, theirs = result(account), result(AccessKeyFactory.create().account)
        (item,) = ask.data("GetScanResult", ResourceType="image")["Items"]
        DetectionResult.objects.filter(pk=mine.pk).update(account=theirs.account)

        assert fetched(item["Thumbnail"]).status_code == 404

    def test_a_safe_one_has_no_confidence(self, ask, account):
        result(account, risk_level="none", source="test")

        (item,) = ask.data("GetScanResult", ResourceType="image")["Items"]

        assert item["Labels"] == "nonLabel"
        assert "Confidence" not in item["Result"][0]
        assert (item["RequestFrom"], item["ExtFeedback"]) == ("online_test", "")

    def test_a_library_is_named_even_once_it_is_gone(self, ask, account):
        library = ImageLibraryFactory.create(account=account, name="Leaflets")
        result(account, findings=matched(library))

        def ext():
            (item,) = ask.data("GetScanResult", ResourceType="image")["Items"]
            return json.loads(item["Ext"])

        assert ext()["CustomImage"][0]["LibName"] == "Leaflets"
        library.delete()
        assert ext()["CustomImage"][0]["LibName"] == ""  # no version of a service kept its name

    def test_the_queries_do_not_grow_with_the_records(self, ask, account):
        library = ImageLibraryFactory.create(account=account)
        result(account, findings=matched(library))
        ask("GetScanResult", ResourceType="image")
        with CaptureQueriesContext(connection) as few:
            ask("GetScanResult", ResourceType="image")
        for _ in range(6):
            result(account, findings=matched(library))

        with CaptureQueriesContext(connection) as many:
            assert len(ask.data("GetScanResult", ResourceType="image")["Items"]) == 7

        assert len(many) == len(few) <= 10


class TestSearch:
    def test_newest_first_by_pages(self, ask, account, search):
        ids = [result(account).request_id for _ in range(3)][::-1]

        assert search() == ids
        assert search(PageSize=2) == ids[:2]
        assert search(PageSize=2, CurrentPage=2) == ids[2:]
        assert search(Sort={"GmtCreate": "asc"}) == ids[::-1]
        data = ask.data("GetScanResult", ResourceType="image", PageSize=2)
        assert (data["TotalCount"], data["CurrentPage"], data["PageSize"]) == (3, 1, 2)

    def test_each_condition(self, account, search):
        gun = result(account, data_id="a", service_code="aigcCheck").request_id
        safe = result(account, risk_level="none", source="test").request_id

        assert search(Query={"RequestId": gun.lower()}) == [gun]
        assert search(Query={"DataId": "a"}) == [gun]
        assert search(Query={"ServiceCode": "aigcCheck"}) == [gun]
        assert search(Query={"Labels": "Violent_Gun,pt_logo"}) == [gun]
        assert search(Query={"Labels": "!=nonLabel"}) == [gun]
        assert search(Query={"RiskLevel": "none"}) == [safe]
        assert search(Query={"RiskLevel": "high,none"}) == [safe, gun]
        assert search(Query={"RequestFrom": "online_test"}) == [safe]
        assert search(Query={"RequestFrom": "api", "RiskLevel": "none"}) == []
        assert search(Query={"DataId": "", "Labels": None}) == [safe, gun]
        assert search(Query={"dataId": "a"}) == [gun]

    def test_both_ends_of_a_span_are_in_it(self, account, search):
        moment = timezone.now().replace(microsecond=400_000) - timedelta(days=1)
        request_id = result(account, id=first_id_of(moment)).request_id
        second = server_time(moment)
        before, after = (server_time(moment + timedelta(seconds=step)) for step in (-1, 1))

        assert search(StartDate=second, EndDate=second) == [request_id]
        assert search(StartDate=second[:10], EndDate=second[:10]) == [request_id]
        assert search(StartDate=after) == []
        assert search(EndDate=before) == []

    def test_the_records_of_another_account_are_not_found(self, account, search):
        theirs = result(AccessKeyFactory.create().account)
        ResultLabel.objects.filter(result=theirs).update(account=theirs.account)

        assert search() == []
        assert search(Query={"RequestId": theirs.request_id}) == []
        assert search(Query={"Labels": "violent_gun"}) == []

    @pytest.mark.parametrize(
        ("parameters", "code"),
        [
            ({"ResourceType": ""}, 400),
            ({"ResourceType": "text"}, 401),
            ({"Query": "[]"}, 401),
            ({"Query": {"DataId": ["a"]}}, 401),
            ({"Query": {"DataId": True}}, 401),
            ({"Query": {"DataId": "a\0b"}}, 401),
            ({"Query": {"ServiceCode": "\ud800"}}, 401),
            ({"Query": {"Color": "red"}}, 401),
            ({"Query": {"Labels": "!="}}, 401),
            ({"Query": {"Labels": ",".join(f"label{n}" for n in range(99))}}, 402),
            ({"Query": {"RiskLevel": "awful"}}, 401),
            ({"Query": {"RequestFrom": "nowhere"}}, 401),
            ({"StartDate": "yesterday"}, 401),
            ({"StartDate": "2026-02-31 00:00:00"}, 401),
            ({"EndDate": "9999-12-31 23:59:59"}, 401),
            ({"EndDate": "0001-01-01"}, 401),
            ({"PageSize": "1000"}, 401),
        ],
    )
    def test_what_cannot_be_asked_is_refused(self, ask, parameters, code):
        answer = ask("GetScanResult", **{"ResourceType": "image", **parameters})

        assert (answer["Code"], answer["HttpStatusCode"]) == (code, code)
        assert answer["Msg"]


class TestExport:
    def rows(self, ask, **parameters):
        address = ask.data("ExportScanResult", **{"ResourceType": "image", **parameters})
        response = Client().get(address.removeprefix("http://testserver"))
        assert "detection-results.xlsx" in response["Content-Disposition"]
        sheet = load_workbook(io.BytesIO(response.getvalue())).active
        return [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)]

    def test_it_is_the_same_search_as_a_workbook(self, ask, account):
        gun = result(account, data_id="a").request_id
        safe = result(account, risk_level="none", source="test").request_id

        assert self.rows(ask, PageSize=1) == [safe, gun]
        assert self.rows(ask, Query={"DataId": "a"}) == [gun]
        assert self.rows(ask, Query={"RequestId": safe}) == [safe]
        assert self.rows(ask, Query={"Labels": "!=nonLabel"}) == [gun]
        assert self.rows(ask, Query={"Labels": "violent_gun"}) == [gun]
        assert self.rows(ask, Query={"RiskLevel": "none"}) == [safe]
        assert self.rows(ask, Query={"RequestFrom": "api"}) == [gun]
        assert self.rows(ask, StartDate="2026-01-01", EndDate="2026-01-02") == []
        assert self.rows(ask, Query={"ServiceCode": "nonsense"}) == []

    def test_what_cannot_be_asked_is_refused(self, ask):
        query = {"RiskLevel": "awful"}

        answer = ask("ExportScanResult", ResourceType="image", Query=query)

        assert (answer["Code"], answer["HttpStatusCode"]) == (401, 401)


class TestFeedback:
    def give(self, ask, one, **parameters):
        return ask.response(
            "UpdateScanResultFeedback", **{"QueryRequestId": one.request_id, **parameters}
        )

    def test_it_is_given_in_the_name_of_the_key(self, ask, account):
        one = result(account)

        status, answer = self.give(
            ask, one, Feedback="missOut", Labels="pt_logo, violent_gun", RiskLevel="high"
        )

        assert (status, answer["Data"]) == (200, True)
        assert breaches("UpdateScanResultFeedback", answer) == []
        given = Feedback.objects.get()
        assert (given.kind, given.access_key) == ("missed_violation", ask.access_key)
        assert given.labels == ["pt_logo", "violent_gun"]
        assert given.note == "Should have been high."
        assert AuditEntry.objects.get().access_key == ask.access_key

    def test_a_second_replaces_the_first(self, ask, account):
        one = result(account)
        self.give(ask, one, Feedback="missOut")

        self.give(ask, one, Feedback="misreport")

        assert Feedback.objects.get().kind == "false_positive"
        (item,) = ask.data("GetScanResult", ResourceType="image")["Items"]
        assert item["ExtFeedback"] == "misreport"

    @pytest.mark.parametrize(
        ("parameters", "status", "code"),
        [
            ({}, 400, "MissingParameter"),
            ({"Feedback": "wonderful"}, 400, "InvalidParameter"),
            ({"Feedback": "misreport", "RiskLevel": "awful"}, 400, "InvalidParameter"),
            ({"Feedback": "misreport", "Labels": "sunshine"}, 400, "InvalidParameter"),
            ({"Feedback": "misreport", "QueryRequestId": ""}, 400, "MissingParameter"),
            ({"Feedback": "misreport", "QueryRequestId": "unknown"}, 404, "NotFound"),
            ({"Feedback": "misreport", "QueryRequestId": "a\0"}, 400, "InvalidParameter"),
        ],
    )
    def test_errors_are_those_of_the_gateway(self, ask, account, parameters, status, code):
        got, answer = self.give(ask, result(account), **parameters)

        assert (got, answer["Code"]) == (status, code)
        assert not Feedback.objects.exists()

    def test_the_record_of_another_account_is_not_found(self, ask):
        theirs = result(AccessKeyFactory.create().account)

        assert self.give(ask, theirs, Feedback="misreport")[0] == 404
        assert not Feedback.objects.exists()
