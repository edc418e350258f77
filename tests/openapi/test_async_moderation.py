"""ImageAsyncModeration and its result: what is checked at once, what comes later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from console.celery import app
from console.models import AccessKey
from console.serving.programs import all_programs
from moderation import errors
from openapi import tasks
from openapi.asynchronous import cleaning, work
from openapi.asynchronous.models import AsyncTask, Delivery
from results.models import DetectionResult
from tests.factories import AccessKeyFactory, DetectionResultFactory
from tests.openapi.calls import call
from tests.openapi.signing import PLAIN_SECRET

pytestmark = pytest.mark.django_db(transaction=True)

URL = "https://example.com/picture.jpg"
SERVICE = "baselineCheck_global"
CALLBACK = {"callback": "https://example.com/done", "seed": "a_Seed_1"}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The tasks that were sent to the broker."""
    ids: list[int] = []
    monkeypatch.setattr(tasks.moderate_async_task, "delay", ids.append)
    return ids


@pytest.fixture(autouse=True)
def a_broker_that_never_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_broker_is_away_until", 0.0)


@pytest.fixture(autouse=True)
def no_courier() -> Iterator[None]:
    """Send notifications only where a test is about them."""
    with patch("openapi.asynchronous.courier.wake"):
        yield


def submit(access_key: AccessKey, values: Any, service: str = SERVICE) -> dict[str, Any]:
    text = values if isinstance(values, str) else json.dumps(values)
    parameters = {"Service": service, "ServiceParameters": text}
    response = call(access_key.key_id, parameters, action="ImageAsyncModeration")
    answer: dict[str, Any] = json.loads(response.content)
    return answer


def ask(access_key: AccessKey, request_id: str) -> dict[str, Any]:
    response = call(
        access_key.key_id, {"ReqId": request_id}, action="DescribeImageModerationResult"
    )
    answer: dict[str, Any] = json.loads(response.content)
    return answer


def work_off() -> None:
    for pk in AsyncTask.objects.values_list("pk", flat=True):
        work.moderate(pk)


@pytest.mark.usefixtures("submissions", "sent")
class TestAccepting:
    def test_the_answer_names_the_task_by_the_request_id(self, access_key, sent):
        answer = submit(access_key, {"imageUrl": URL, "dataId": "post-1"})

        task = AsyncTask.objects.get()
        assert answer["Code"] == 200
        assert answer["Data"] == {"ReqId": answer["RequestId"], "DataId": "post-1"}
        assert task.request_id == answer["RequestId"]
        assert sent == [task.pk]

    def test_nothing_is_moderated_yet(self, access_key, submissions):
        submit(access_key, {"imageUrl": URL})

        assert submissions == []

    @pytest.mark.parametrize(
        ("service", "values", "code"),
        [
            ("", {"imageUrl": URL}, 400),
            (SERVICE, "", 400),
            (SERVICE, "{", 401),
            ("nonsense", {"imageUrl": URL}, 401),
            (SERVICE, {}, 400),
            (SERVICE, {"imageUrl": "https://example.com/" + "a" * 2029}, 402),
            (SERVICE, {"imageUrl": "ftp://example.com/a.png"}, 401),
            (SERVICE, {"ossBucketName": "bucket", "ossObjectName": "o"}, 408),
            (SERVICE, {"ossBucketName": "bucket", "ossObjectName": "o" * 1025}, 402),
            (SERVICE, {"imageUrl": URL, "ossBucketName": "\ud800"}, 401),
            (SERVICE, {"imageUrl": URL, "ossObjectName": "a\0b"}, 401),
            (SERVICE, {"imageUrl": URL, "callback": "https://example.com/"}, 400),
            (SERVICE, {"imageUrl": URL, **CALLBACK, "callback": "example.com"}, 401),
            (SERVICE, {"imageUrl": URL, **CALLBACK, "callback": "file:///etc/passwd"}, 401),
            (SERVICE, {"imageUrl": URL, **CALLBACK, "callback": URL + "a" * 2048}, 402),
            (SERVICE, {"imageUrl": URL, **CALLBACK, "seed": "s" * 65}, 402),
            (SERVICE, {"imageUrl": URL, **CALLBACK, "seed": "not-one"}, 401),
            (SERVICE, {"imageUrl": URL, **CALLBACK, "cryptType": "MD5"}, 401),
        ],
    )
    def test_bad_parameters_are_refused_at_once(self, access_key, service, values, code):
        answer = submit(access_key, values, service)

        assert answer["Code"] == code
        assert answer["Msg"].endswith(".")
        assert not AsyncTask.objects.exists()

    def test_a_service_that_is_deleted_meanwhile_is_refused(self, access_key):
        services = access_key.account.services

        def read_bucket(_call: Any) -> None:
            services.filter(code=SERVICE).delete()

        with patch("openapi.actions.image_async_moderation.check_bucket", read_bucket):
            answer = submit(access_key, {"imageUrl": URL})

        assert (answer["Code"], answer["Msg"]) == (
            401,
            f"The service '{SERVICE}' has been deleted.",
        )
        assert not AsyncTask.objects.exists()

    def test_the_rate_limit_counts_it(self, access_key, settings):
        settings.QPS_LIMIT = 2

        codes = [submit(access_key, {"imageUrl": URL})["Code"] for _ in range(12)]

        assert set(codes) == {200, 403}

    def test_a_caller_may_write_anything_as_account_id(self, access_key):
        answer = submit(access_key, {"imageUrl": URL, "accountId": "\0 half: \ud800"})
        work_off()

        assert ask(access_key, answer["RequestId"])["Data"]["AccountId"] == "\ufffd half: ?"

    def test_it_waits_apart_from_everything_else(self):
        route = app.amqp.router.route({}, tasks.moderate_async_task.name)
        (worker,) = (program for program in all_programs() if program.name == "worker")

        assert route["queue"].name == "asynchronous"
        assert route["queue"].name != app.conf.task_default_queue
        excluded = worker.command[worker.command.index("--exclude-queues") + 1]
        assert "asynchronous" not in excluded

    def test_it_is_accepted_while_the_broker_is_away(self, access_key, submissions):
        away = patch.object(tasks.moderate_async_task, "delay", side_effect=OperationalError("no"))
        with away as delay:
            first, second = (submit(access_key, {"imageUrl": URL}) for _ in range(2))

        assert (first["Code"], second["Code"]) == (200, 200)
        assert delay.call_count == 1  # the second call is not held up by asking again

    def test_what_waits_for_the_broker_is_sent_when_it_is_back(self, access_key, sent, monkeypatch):
        with patch.object(tasks.moderate_async_task, "delay", side_effect=OperationalError("no")):
            submit(access_key, {"imageUrl": URL})
        monkeypatch.setattr(tasks, "_broker_is_away_until", 0.0)

        tasks.go_on()
        tasks.go_on()

        assert sent == [AsyncTask.objects.get().pk]  # once, although beat comes often


@pytest.mark.usefixtures("submissions", "sent")
class TestResult:
    def test_there_is_none_yet(self, access_key):
        request_id = submit(access_key, {"imageUrl": URL})["RequestId"]

        answer = ask(access_key, request_id)

        assert len(answer.pop("RequestId")) == 36
        assert answer == {"Code": 280, "Msg": "PROCESSING"}

    def test_it_has_the_form_of_image_moderation_and_more(self, access_key, submissions):
        values = {"imageUrl": URL, "dataId": "post-1", "accountId": "u7", "infoType": "textInImage"}
        request_id = submit(access_key, values)["RequestId"]
        work_off()

        answer = ask(access_key, request_id)

        data = answer["Data"]
        assert answer["Code"] == 200
        assert (data["ReqId"], data["DataId"], data["AccountId"]) == (request_id, "post-1", "u7")
        assert [label["Label"] for label in data["Result"]] == ["contraband_drug_tii", "pt_qrCode"]
        assert (data["RiskLevel"], data["FrameNum"]) == ("high", 1)
        assert json.loads(data["Frame"]) == [{"Result": data["Result"], "RiskLevel": "high"}]
        assert data["Ext"]["TextInImage"]["OcrResult"][0]["Text"] == "buy heroin here"
        assert submissions[0].request_id == request_id
        assert submissions[0].source == DetectionResult.Source.API
        assert submissions[0].access_key == access_key

    def test_it_can_be_read_repeatedly_in_any_case(self, access_key):
        request_id = submit(access_key, {"imageUrl": URL})["RequestId"]
        work_off()

        first, second = ask(access_key, request_id), ask(access_key, f" {request_id.lower()} ")

        assert first["Data"] == second["Data"]
        assert first["RequestId"] != second["RequestId"]

    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (errors.DownloadFailed("No."), 404),
            (errors.DownloadTimedOut("No."), 405),
            (errors.ImageTooLarge("No."), 406),
            (errors.FormatNotSupported("No."), 407),
            (errors.DetectorFailed("ocr"), 500),
            (RuntimeError("unexpected"), 500),
        ],
    )
    def test_what_fails_later_is_its_code(self, access_key, error, code):
        request_id = submit(access_key, {"imageUrl": URL})["RequestId"]
        with patch("results.services.moderate", side_effect=error):
            work_off()

        answer = ask(access_key, request_id)

        assert answer["Code"] == code
        assert answer["Msg"].endswith(".")
        assert "Data" not in answer
        assert "unexpected" not in answer["Msg"]

    def test_a_service_that_was_deleted_meanwhile_is_unknown(self, access_key):
        request_id = submit(access_key, {"imageUrl": URL})["RequestId"]
        access_key.account.services.get(code=SERVICE).delete()
        work_off()

        assert ask(access_key, request_id)["Code"] == 401

    @pytest.mark.parametrize(
        ("request_id", "code"),
        [("", 400), ("F" * 36, 409), ("nonsense", 409), ("a\0b", 409), ("\ud800", 409)],
    )
    def test_other_ids_are_unknown(self, access_key, request_id, code):
        text = request_id.encode("utf-8", "surrogatepass").decode("utf-8", "replace")

        assert ask(access_key, text)["Code"] == code

    def test_the_task_of_another_account_is_unknown(self, access_key):
        request_id = submit(access_key, {"imageUrl": URL})["RequestId"]
        other = AccessKeyFactory.create(plain_secret=PLAIN_SECRET)

        assert ask(other, request_id)["Code"] == 409


@pytest.mark.usefixtures("submissions", "sent")
class TestTakingUpAgain:
    @pytest.fixture
    def task(self, access_key: AccessKey) -> AsyncTask:
        submit(access_key, {"imageUrl": URL})
        return AsyncTask.objects.get()

    def test_a_task_of_a_dead_worker_is_sent_again(self, task, sent):
        held = {"state": "running", "attempts": 1, "claimed_at": timezone.now()}
        AsyncTask.objects.update(**held, claimed_by="elsewhere 1 x")
        sent.clear()

        tasks.go_on()
        assert sent == []  # its host may be alive

        AsyncTask.objects.update(claimed_at=timezone.now() - AsyncTask.LEASE * 2)
        tasks.go_on()
        assert sent == [task.pk]

    def test_a_task_that_kills_workers_is_given_up(self, task, access_key):
        long_ago = timezone.now() - AsyncTask.LEASE * 2
        AsyncTask.objects.update(
            state="running", attempts=3, claimed_at=long_ago, claimed_by="x 1 y"
        )

        tasks.go_on()

        assert ask(access_key, task.request_id)["Code"] == 500

    def test_only_one_of_two_workers_gets_it(self, task, submissions):
        assert AsyncTask.objects.claim(task.pk) is not None
        assert AsyncTask.objects.claim(task.pk) is None

        work.moderate(task.pk)

        assert submissions == []

    def test_a_result_that_was_stored_before_the_worker_died_is_used(self, task, submissions):
        DetectionResultFactory.create(account=task.account, request_id=task.request_id)

        work.moderate(task.pk)

        task.refresh_from_db()
        assert submissions == []
        assert task.answer_body["Data"]["Result"][0]["Label"] == "violent_gun"

    def test_who_lost_the_lease_writes_nothing(self, task):
        slow = AsyncTask.objects.claim(task.pk)
        AsyncTask.objects.update(attempts=2, claimed_by="somebody 2 else")

        work._end(slow, {"Code": 200, "Msg": "too late"})

        task.refresh_from_db()
        assert (task.state, task.answer) == ("running", "")

    def test_a_worker_that_comes_up_sends_what_was_sent_lately(self, task, sent):
        sent.clear()

        tasks.go_on(all_queued=True)

        assert sent == [task.pk]


@pytest.mark.usefixtures("submissions", "sent")
class TestCleaning:
    @pytest.fixture
    def old(self, access_key: AccessKey) -> AsyncTask:
        submit(access_key, {"imageUrl": URL, **CALLBACK})
        work_off()
        long_ago = timezone.now() - timedelta(days=3, minutes=1)
        AsyncTask.objects.update(created_at=long_ago)
        return AsyncTask.objects.get()

    def test_a_result_is_forgotten_after_its_days(self, old, access_key):
        Delivery.objects.update(state="done")

        tasks.delete_old_async_tasks()

        assert ask(access_key, old.request_id)["Code"] == 409

    def test_not_before_everybody_was_notified(self, old):
        assert cleaning.delete_old_tasks() == 0

    def test_not_before_it_is_finished(self, old):
        Delivery.objects.all().delete()
        AsyncTask.objects.update(state="queued")

        assert cleaning.delete_old_tasks() == 0

    def test_not_before_its_days_are_over(self, old):
        Delivery.objects.all().delete()
        AsyncTask.objects.update(created_at=timezone.now() - timedelta(days=2, hours=23))

        assert cleaning.delete_old_tasks() == 0
