"""Moderating a picture and storing what came of it, with the real engine."""

import http.server
import resource
import threading
import uuid
from dataclasses import replace
from unittest.mock import patch

import cv2
import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, IntegrityError, OperationalError, transaction
from django.utils import timezone

from moderation.errors import DownloadFailed, FormatNotSupported
from moderation.keywords import KeywordIndex
from moderation.library_index import LibraryIndex
from results import engine
from results.answers import answer_of
from results.models import DetectionResult, ResultLabel, UncountedResult
from results.records import from_json, to_json
from results.services import Submission, moderate, moderate_each
from rules.live import live_ruleset
from rules.services import install_catalogue
from tests import pictures
from tests.factories import AccountFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def service():
    account = AccountFactory()
    install_catalogue(account=account)
    return account.services.get(code="baselineCheck_global")


def submission(content=None, **fields):
    request_id = str(uuid.uuid4()).upper()
    source = DetectionResult.Source.API
    return Submission(request_id=request_id, source=source, content=content, **fields)


def content_of(file):
    with file.open() as opened:
        return opened.read()


def _names(folder):
    return default_storage.listdir(folder)[0] if default_storage.exists(folder) else []


class TestModerate:
    def test_a_result_is_stored_with_all_that_it_rests_on(self, service):
        content = pictures.png(pictures.draw_text("cocaine for sale", "call +1 415 555 0100"))

        result = moderate(service=service, submission=submission(content, data_id="post-1"))

        stored = DetectionResult.objects.get(request_id=result.request_id)
        assert stored.account == service.account
        assert stored.ruleset_version == 1
        assert stored.risk_level in {"high", "medium"}
        assert "contraband_drug_tii" in {label["label"] for label in stored.labels}
        record = from_json(stored.findings)
        assert "cocaine" in record.text_lines[0].text
        assert any(name == "text rules" for name, _ in record.detectors)
        assert {"load", "fingerprint", "judge"} <= {step["name"] for step in stored.steps}

    def test_each_returned_label_can_be_searched(self, service):
        content = pictures.png(pictures.draw_text("cocaine for sale"))

        result = moderate(service=service, submission=submission(content))

        found = ResultLabel.objects.filter(label="contraband_drug_tii").get()
        assert found.result == result
        assert found.confidence == result.labels[0]["confidence"]

    def test_pictures_are_stored_re_encoded_and_small(self, service):
        result = moderate(service=service, submission=submission(pictures.rocket()))

        thumbnail = cv2.imdecode(np.frombuffer(content_of(result.thumbnail), np.uint8), 1)
        preview = cv2.imdecode(np.frombuffer(content_of(result.preview), np.uint8), 1)
        assert max(thumbnail.shape) <= 128
        assert result.thumbnail.size <= 6_000
        assert preview.shape[:2] == (427, 640)
        assert not result.original

    def test_the_original_is_kept_only_if_the_account_says_so(self, service):
        service.account.keeps_originals = True

        result = moderate(service=service, submission=submission(pictures.rocket()))

        assert content_of(result.original) == pictures.rocket()

    def test_a_picture_that_cannot_be_read_leaves_nothing_behind(self, service):
        with pytest.raises(FormatNotSupported):
            moderate(service=service, submission=submission(b"not a picture"))

        assert not DetectionResult.objects.exists()

    def test_a_disk_that_is_full_leaves_nothing_behind(self, service):
        largest, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        today = timezone.now().strftime("results/%Y/%m/%d")
        before = _names(today)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, hard))  # more than a thumbnail has

        try:
            with pytest.raises(OSError, match="File too large"):
                moderate(service=service, submission=submission(pictures.rocket()))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))

        assert not DetectionResult.objects.exists()
        assert _names(today) == before

    def test_a_locked_database_leaves_nothing_behind(self, service, monkeypatch):
        today = timezone.now().strftime("results/%Y/%m/%d")
        before = _names(today)

        def locked(*args, **kwargs):
            raise OperationalError("database is locked")

        monkeypatch.setattr("results.services.leave_uncounted", locked)  # the last that is written
        with pytest.raises(OperationalError), transaction.atomic():
            moderate(service=service, submission=submission(pictures.rocket()))

        assert not DetectionResult.objects.exists()
        assert not ResultLabel.objects.exists()
        assert _names(today) == before

    def test_what_databases_refuse_in_a_text_is_replaced(self, service):
        moderation = engine.moderator().moderate(
            pictures.rocket(),
            live_ruleset(service),
            images=LibraryIndex.empty(),
            keywords=KeywordIndex.empty(),
        )
        answered = replace(moderation, large_model_text="null \0, half a character \ud800")

        stored = to_json(answered)

        assert stored["large_model_text"] == "null \ufffd, half a character ?"
        assert from_json(stored).findings == moderation.findings

    def test_a_second_result_of_one_request_id_is_refused_and_leaves_no_label(self, service):
        first = submission(pictures.cat())
        moderate(service=service, submission=first)

        with pytest.raises(IntegrityError), transaction.atomic():
            moderate(service=service, submission=first)

        stored = DetectionResult.objects.get()
        folder = stored.preview.name.rpartition("/")[0]
        assert len(default_storage.listdir(folder)[1]) == 2
        assert ResultLabel.objects.count() == 1
        assert UncountedResult.objects.get().pk == stored.pk

    def test_several_services_give_one_result_each(self, service):
        other = service.account.services.get(code="postImageCheck")
        first = submission(pictures.png(pictures.qr_code("https://example.com/join")))

        results = moderate_each(services=[service, other], submission=first)

        assert [result.service_code for result in results] == [
            "baselineCheck_global",
            "postImageCheck",
        ]
        assert results[0].request_id == first.request_id
        assert len({result.request_id for result in results}) == 2
        assert "pt_qrCode" in {label["label"] for label in results[1].labels}
        for result in results:
            assert content_of(result.thumbnail)
            stored = DetectionResult.objects.get(pk=result.pk)
            assert ResultLabel.objects.filter(result=stored).count() == len(stored.labels)

    def test_of_several_results_all_are_stored_or_none(self, service):
        other = service.account.services.get(code="postImageCheck")
        today = timezone.now().strftime("results/%Y/%m/%d")
        before = _names(today)

        with (
            patch.object(
                ResultLabel.objects, "bulk_create", side_effect=[None, DatabaseError("no")]
            ),
            pytest.raises(DatabaseError),
        ):
            moderate_each(services=[service, other], submission=submission(pictures.cat()))

        assert not DetectionResult.objects.exists()
        assert _names(today) == before

    def test_results_are_newest_first(self, service):
        results = [
            moderate(service=service, submission=submission(pictures.rocket())) for _ in range(3)
        ]

        newest_first = service.account.results.newest_first()
        assert list(newest_first) == list(reversed(results))


@pytest.fixture
def picture_url():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(pictures.rocket())

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/rocket.jpg"
    server.shutdown()
    server.server_close()


class TestUrls:
    def test_a_picture_is_downloaded_and_its_url_stored(self, service, picture_url, settings):
        settings.FETCH_ALLOWED_NETWORKS = ["127.0.0.0/8"]

        result = moderate(service=service, submission=submission(url=picture_url))

        assert result.picture_name == picture_url
        assert result.steps[0]["name"] == "download"

    def test_a_private_address_is_refused_by_default(self, service, picture_url):
        with pytest.raises(DownloadFailed):
            moderate(service=service, submission=submission(url=picture_url))


class TestAnswer:
    def test_a_safe_picture_answers_one_nonlabel_without_confidence(self, service):
        result = moderate(service=service, submission=submission(pictures.cat(), data_id="d-1"))

        answer = answer_of(result)

        assert answer["Code"] == 200
        assert answer["RequestId"] == result.request_id
        assert answer["Data"] == {
            "DataId": "d-1",
            "RiskLevel": "none",
            "Result": [{"Label": "nonLabel", "Description": "No risk found", "RiskLevel": "none"}],
        }

    def test_text_in_image_lists_the_lines_and_the_risk_words(self, service):
        content = pictures.png(pictures.draw_text("cocaine for sale"))
        result = moderate(service=service, submission=submission(content))

        text = answer_of(result, {"textInImage"})["Data"]["Ext"]["TextInImage"]

        assert text["OcrResult"][0]["Text"] == "cocaine for sale"
        assert set(text["OcrResult"][0]["Location"]) == {"X", "Y", "W", "H"}
        assert any("cocaine" in word for word in text["RiskWord"])
        assert text["CustomText"] is None

    def test_ext_has_only_what_was_asked_for(self, service):
        content = pictures.png(pictures.draw_text("cocaine for sale"))
        result = moderate(service=service, submission=submission(content))

        assert "Ext" not in answer_of(result)["Data"]

    def test_files_are_stored_under_the_day(self, service):
        result = moderate(service=service, submission=submission(pictures.rocket()))

        assert default_storage.exists(result.preview.name)
        assert result.request_id in result.preview.name
