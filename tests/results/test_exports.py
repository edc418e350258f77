"""What a search finds as a file."""

import csv
import io
import tracemalloc
from datetime import UTC, datetime

import openpyxl
import pytest

from console.roles import Role
from results import search as searching
from results.exports import HEADINGS
from results.feedback_models import Feedback
from results.made_results import make_results
from results.models import DetectionResult
from tests.factories import DetectionResultFactory, HitFactory

CSV, XLSX = "/results/export.csv", "/results/export.xlsx"


@pytest.fixture
def client(member_client):
    return member_client(Role.VIEWER)


def content(response):
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def csv_rows(response):
    return list(csv.reader(io.StringIO(content(response).decode("utf-8-sig"))))


def workbook_rows(response):
    book = openpyxl.load_workbook(io.BytesIO(content(response)))
    return [list(row) for row in book.active.iter_rows(values_only=True)]


class TestExport:
    def test_a_result_has_one_row_in_either_format(self, client, account):
        account.time_zone = "Asia/Shanghai"
        account.save()
        result = HitFactory(account=account, data_id="post-7")
        moment = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
        DetectionResult.objects.filter(pk=result.pk).update(created_at=moment)
        Feedback.objects.create(account=account, result=result, kind="false_positive")
        expected = [
            *("2026-11-21 02:30:00", result.request_id, "post-7", "baselineCheck_global", "high"),
            *("contraband_drug_tii,pt_qrCode", "91.5,71.02", "api", 1, "false_positive", 212.5),
            "rocket.jpg",
        ]

        as_csv, as_workbook = csv_rows(client.get(CSV)), workbook_rows(client.get(XLSX))

        assert as_csv == [list(HEADINGS), [str(value) for value in expected]]
        assert as_workbook == [list(HEADINGS), expected]

    def test_only_what_the_filters_find_is_exported(self, client, account):
        DetectionResultFactory(account=account, data_id="safe", risk_level="none")
        HitFactory(account=account, data_id="hit")

        rows = csv_rows(client.get(CSV, {"label": "!=nonLabel", "time": "24h"}))

        assert [row[2] for row in rows[1:]] == ["hit"]

    def test_only_the_selected_results_are_exported(self, client, account):
        first, _, third = DetectionResultFactory.create_batch(3, account=account)
        foreign = DetectionResultFactory()
        selected = [first.request_id, third.request_id, foreign.request_id, "nobody"]

        rows = csv_rows(client.get(CSV, {"result": selected}))

        assert [row[1] for row in rows[1:]] == [third.request_id, first.request_id]

    def test_no_more_than_the_limit_are_exported(self, client, account, monkeypatch):
        monkeypatch.setattr(searching, "MAX_LISTED", 2)
        DetectionResultFactory.create_batch(3, account=account)

        assert len(csv_rows(client.get(CSV))) == 3

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
    def test_nothing_is_a_formula(self, client, account, text):
        DetectionResultFactory(account=account, data_id=text, picture_name=text)

        assert csv_rows(client.get(CSV))[1][2] == f"'{text}"
        book = openpyxl.load_workbook(io.BytesIO(content(client.get(XLSX))))
        cell = book.active["C2"]
        assert (cell.value, cell.data_type) == (text, "s")

    def test_an_empty_export_has_its_headings(self, client):
        assert csv_rows(client.get(CSV)) == [list(HEADINGS)]
        assert workbook_rows(client.get(XLSX))[0] == list(HEADINGS)

    def test_the_file_is_named_after_the_day(self, client):
        response = client.get(XLSX)

        assert response["Content-Disposition"].startswith(
            'attachment; filename="detection-results-2'
        )
        assert response["Content-Disposition"].endswith('.xlsx"')

    def test_filters_that_cannot_be_lead_to_the_page_that_says_why(self, client):
        response = client.get(CSV, {"label": "!="})

        assert (response.status_code, response["Location"]) == (302, "/results/?label=%21%3D")

    @pytest.mark.parametrize("address", [CSV, XLSX])
    def test_memory_does_not_grow_with_the_rows(self, client, account, address):
        make_results(account, count=6000, days=20, seed=1, progress=lambda made: None)
        content(client.get(address, {"data_id": "post-1"}))  # what is only loaded once

        tracemalloc.start()
        size = sum(len(part) for part in client.get(address).streaming_content)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert size > 200_000
        assert peak < 4_500_000


class TestFeedbackFilter:
    def test_results_are_found_by_what_was_said_of_them(self, client, account):
        results = DetectionResultFactory.create_batch(3, account=account)
        for result, kind in zip(results, Feedback.Kind.values, strict=False):
            Feedback.objects.create(account=account, result=result, kind=kind)
        foreign = DetectionResultFactory()
        Feedback.objects.create(account=foreign.account, result=foreign, kind="false_positive")

        def found(kind):
            return [row[1] for row in csv_rows(client.get(CSV, {"feedback": kind}))[1:]]

        assert found("any") == [results[1].request_id, results[0].request_id]
        assert found("false_positive") == [results[0].request_id]
        assert found("missed_violation") == [results[1].request_id]
