"""The actions that test one picture by its address, as the Online Test page does."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from moderation.errors import ParameterInvalid
from onlinetest import services
from onlinetest.models import STOPPED, TestItem
from openapi.authentication import ApiCall
from openapi.callable_services import find_service
from openapi.errors import GatewayError
from openapi.rate_limit import check_rate
from openapi.reading import needed, text
from openapi.registry import Envelope, action
from openapi.rule_documents import IMAGE, Document
from openapi.service_parameters import read_service_parameters
from openapi.uploads import finding

_STATUS = {
    TestItem.State.QUEUED: "RUNNING",
    TestItem.State.RUNNING: "RUNNING",
    TestItem.State.DONE: "SUCCESS",
    TestItem.State.FAILED: "FAILED",
}


@action("CreateOnlineTest", Envelope.BARE)
def create_online_test(call: ApiCall) -> dict[str, Any]:
    """Start a test of one picture; it counts as a call."""
    if needed(call, "ResourceType") != IMAGE:
        raise ParameterInvalid("ResourceType must be image; nothing else is tested here.")
    service = find_service(call.access_key.account, needed(call, "ServiceCode"))
    uses_large_model = service.definition.uses_large_model
    values = {"imageUrl": needed(call, "Url"), "dataId": text(call, "DataId")}
    parameters = read_service_parameters(values, uses_large_model=uses_large_model)
    upload = _read_upload(call, parameters.url)
    check_rate(call.access_key, uses_large_model=uses_large_model)
    run = services.start_run(
        author=call.access_key,
        service=service,
        urls=[] if upload else [parameters.url],
        upload_count=1 if upload else 0,
        data_id=parameters.data_id,
    )
    if upload:
        services.add_upload(run=run, position=0, file=upload, asked_url=parameters.url)
    return _document(run.items.select_related("run__service").get())


def _read_upload(call: ApiCall, url: str) -> SimpleUploadedFile | None:
    """Return the file that was uploaded if this is its address: nothing has to be fetched then."""
    upload = finding.find_upload(call.access_key.account, url)
    if upload is None:
        return None
    content = finding.read(upload, max_bytes=services.MAX_UPLOAD_BYTES)
    return SimpleUploadedFile(upload.object_name, content)


@action("DescribeOnlineTestResult", Envelope.BARE)
def describe_online_test_result(call: ApiCall) -> dict[str, Any]:
    """Say how far a test is, and what it found; the record of the same id has the labels."""
    item = _find_item(call)
    return _document(item) | _result(item)


@action("StopOnlineTest", Envelope.BARE)
def stop_online_test(call: ApiCall) -> dict[str, Any]:
    """Stop a test that is not finished; nothing happens to any other."""
    item = _find_item(call)
    services.stop(item=item)
    item.refresh_from_db()
    return _document(item)


@action("DeleteOnlineTest", Envelope.BARE)
def delete_online_test(call: ApiCall) -> dict[str, Any]:
    """Clear the test history of the account; the records of the tests stay."""
    services.clear_history(account=call.access_key.account, author=call.access_key)
    return {"Data": True}


def _find_item(call: ApiCall) -> TestItem:
    """Return the test of the account that TaskId names."""
    task_id = needed(call, "TaskId").upper()
    items = TestItem.objects.select_related("run__service", "result")
    item = items.filter(run__account=call.access_key.account_id, request_id=task_id).first()
    if item is None:
        raise GatewayError(404, "NotFound", f"There is no test {task_id[:64]!r}.")
    return item


def _document(item: TestItem) -> Document:
    was_stopped = item.error_code == STOPPED
    return {
        "TaskId": item.request_id,
        "TaskStatus": "STOPPED" if was_stopped else _STATUS[TestItem.State(item.state)],
        "ServiceCode": item.run.service.code,
        "Url": item.asked_url or item.url,
    }


def _result(item: TestItem) -> Document:
    """Return what a test found; nothing if it is not done, or its record has expired."""
    if item.result is None:
        return {}
    level = item.result.risk_level
    summary = {
        "ResourceType": IMAGE,
        "RiskLevel": level,
        "SliceCount": 1,
        "RiskLevelSummary": {level: 1},
    }
    moderated_at_ms = int(item.result.created_at.timestamp() * 1000)
    return {
        "RiskLevel": level,
        "ModerationTime": str(moderated_at_ms),
        "SummaryList": [summary],
    }
