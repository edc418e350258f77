"""Testing pictures by the API, with the runs of the Online Test page."""

import pytest

from console.models import AuditEntry
from onlinetest import services, work
from onlinetest.models import TestItem, TestRun
from results.models import DetectionResult
from tests.factories import AccessKeyFactory, DetectionResultFactory, ServiceFactory
from tests.openapi.console_calls import ConsoleClient
from tests.openapi.golden_answers import assert_golden
from tests.openapi.signing import PLAIN_SECRET

pytestmark = pytest.mark.django_db
SERVICE, URL = "baselineCheck_global", "https://example.com/a.jpg"


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """Keep the images in the queue, as if no worker had taken them yet."""
    ids: list[int] = []
    monkeypatch.setattr("onlinetest.tasks.enqueue", ids.extend)
    return ids


@pytest.fixture
def ask(account):
    ServiceFactory.create(account=account, code=SERVICE)
    return ConsoleClient(AccessKeyFactory.create(account=account, plain_secret=PLAIN_SECRET))


def create(ask, **parameters):
    values = {"ResourceType": "image", "ServiceCode": SERVICE, "Url": URL, **parameters}
    return ask("CreateOnlineTest", **values)


def finish(task_id, **values):
    item = TestItem.objects.get(request_id=task_id)
    item.result = DetectionResultFactory.create(
        account=item.run.account, request_id=task_id, source="test", **values
    )
    item.state = TestItem.State.DONE
    item.save()


def test_it_is_a_run_with_one_picture(ask, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = create(ask, DataId="post-881")

    item = TestItem.objects.get()
    assert_golden("create_online_test", answer, TaskId=item.request_id)
    assert sent == [item.pk]
    assert (item.run.data_id, item.run.member, item.url) == ("post-881", None, URL)


def test_its_state_and_then_what_it_found(ask):
    task_id = create(ask)["TaskId"]
    assert ask("DescribeOnlineTestResult", TaskId=task_id)["TaskStatus"] == "RUNNING"

    finish(task_id)

    result = DetectionResult.objects.get()
    milliseconds = str(int(result.created_at.timestamp() * 1000))
    assert_golden(
        "describe_online_test_result",
        ask("DescribeOnlineTestResult", TaskId=task_id.lower()),
        TaskId=task_id,
        ModerationTime=milliseconds,
    )
    (record,) = ask.data("GetScanResult", ResourceType="image")["Items"]
    assert (record["TaskId"], record["RequestFrom"]) == (task_id, "online_test")


def test_one_that_failed_says_so(ask):
    task_id = create(ask)["TaskId"]
    TestItem.objects.update(state=TestItem.State.FAILED, error_code="DownloadFailed")

    assert ask("DescribeOnlineTestResult", TaskId=task_id)["TaskStatus"] == "FAILED"


def test_one_whose_record_has_expired_is_still_done(ask):
    task_id = create(ask)["TaskId"]
    finish(task_id)
    DetectionResult.objects.all().delete()

    answer = ask("DescribeOnlineTestResult", TaskId=task_id)

    assert answer["TaskStatus"] == "SUCCESS"
    assert "RiskLevel" not in answer


def test_a_stopped_one_is_not_moderated_any_more(ask, submissions):
    task_id = create(ask)["TaskId"]

    assert ask("StopOnlineTest", TaskId=task_id)["TaskStatus"] == "STOPPED"

    work.moderate_item(TestItem.objects.get().pk)
    assert submissions == []
    assert ask("DescribeOnlineTestResult", TaskId=task_id)["TaskStatus"] == "STOPPED"


def test_one_that_is_stopped_while_a_worker_is_at_it_stays_stopped(ask, monkeypatch):
    task_id = create(ask)["TaskId"]

    def stop_meanwhile(**_):
        services.stop(item=TestItem.objects.get())
        return DetectionResultFactory.create(request_id=task_id, source="test")

    monkeypatch.setattr("results.services.moderate", stop_meanwhile)
    work.moderate_item(TestItem.objects.get().pk)

    assert ask("DescribeOnlineTestResult", TaskId=task_id)["TaskStatus"] == "STOPPED"


def test_one_that_is_finished_cannot_be_stopped(ask):
    task_id = create(ask)["TaskId"]
    finish(task_id)

    assert ask("StopOnlineTest", TaskId=task_id)["TaskStatus"] == "SUCCESS"


def test_the_history_is_cleared_and_the_records_stay(ask):
    finish(create(ask)["TaskId"])
    create(ask)
    other = AccessKeyFactory.create(plain_secret=PLAIN_SECRET)
    ServiceFactory.create(account=other.account, code=SERVICE)
    theirs = create(ConsoleClient(other))["TaskId"]

    assert ask("DeleteOnlineTest")["Data"] is True

    assert [item.request_id for item in TestItem.objects.all()] == [theirs]
    assert TestRun.objects.count() == DetectionResult.objects.count() == 1
    entry = AuditEntry.objects.get(action="online_test.clear")
    assert (entry.details, entry.access_key) == ({"runs": 2}, ask.access_key)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"ResourceType": ""}, "MissingParameter"),
        ({"ResourceType": "text"}, "InvalidParameter"),
        ({"ServiceCode": "nonsense"}, "InvalidParameter"),
        ({"Url": ""}, "MissingParameter"),
        ({"Url": "ftp://example.com/a"}, "InvalidParameter"),
        ({"Url": "https://example.com/" + "a" * 2048}, "InvalidParameter"),
        ({"DataId": "a b"}, "InvalidParameter"),
        ({"DataId": "a" * 65}, "InvalidParameter"),
    ],
)
def test_what_cannot_be_tested_is_refused(ask, parameters, code):
    values = {"ResourceType": "image", "ServiceCode": SERVICE, "Url": URL, **parameters}

    status, answer = ask.response("CreateOnlineTest", **values)

    assert (status, answer["Code"]) == (400, code)
    assert not TestRun.objects.exists()


def test_too_many_a_second_are_refused(ask, settings):
    settings.QPS_LIMIT = 0

    status, answer = ask.response(
        "CreateOnlineTest", ResourceType="image", ServiceCode=SERVICE, Url=URL
    )

    assert (status, answer["Code"]) == (429, "Throttling.User")


@pytest.mark.parametrize("action", ["DescribeOnlineTestResult", "StopOnlineTest"])
def test_the_test_of_another_account_does_not_exist(ask, action):
    other = AccessKeyFactory.create(plain_secret=PLAIN_SECRET)
    ServiceFactory.create(account=other.account, code=SERVICE)
    theirs = create(ConsoleClient(other))["TaskId"]

    for task_id in (theirs, "unknown"):
        status, answer = ask.response(action, TaskId=task_id)
        assert (status, answer["Code"]) == (404, "NotFound")
    assert ask.response(action)[1]["Code"] == "MissingParameter"
    assert TestItem.objects.get().state == TestItem.State.QUEUED
