"""Moderating tasks: each ends once, whatever happens to the worker that took it."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction

from moderation.errors import ModerationError, ParameterInvalid
from openapi.asynchronous import courier
from openapi.asynchronous.models import AsyncTask, Delivery
from openapi.errors import WIRE_CODES
from openapi.moderation_calls import submission_for
from results import answers, services
from results.models import DetectionResult

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
_UNEXPECTED = "The server failed; its log says what under this ReqId."
_GIVEN_UP = "The worker stopped each time it looked at this picture; its log says more."


def moderate(task_id: int) -> None:
    """Moderate a task unless it is finished or somebody else's; running it twice is harmless.

    A database that fails leaves the task as it is: its lease ends, and it is taken up again.
    """
    task = AsyncTask.objects.select_related("account", "service__account").claim(task_id)
    if task is None:
        return
    try:
        answer = _answer_of(_stored_result(task) or _moderate(task), task)
    except ModerationError as error:
        answer = _error(WIRE_CODES[type(error)], str(error))
    except DatabaseError:
        raise
    except Exception:
        logger.exception("the asynchronous task %s failed", task.request_id)
        answer = _error(500, _UNEXPECTED)
    _end(task, answer)


def _stored_result(task: AsyncTask) -> DetectionResult | None:
    """Return the result that a worker stored before it died."""
    return DetectionResult.objects.filter(request_id=task.request_id).first()


def _moderate(task: AsyncTask) -> DetectionResult:
    if task.service is None:
        raise ParameterInvalid("The service has been deleted.")
    submission = submission_for(
        task.parameters,
        account_id=task.account_id,
        request_id=task.request_id,
        access_key=task.access_key,
    )
    try:
        return services.moderate(service=task.service, submission=submission)
    except IntegrityError:  # another worker was faster, while this one counted as dead
        return DetectionResult.objects.get(request_id=task.request_id)


def _answer_of(result: DetectionResult, task: AsyncTask) -> dict[str, Any]:
    answer = answers.answer_of(result, task.info_types)
    data = answer["Data"]
    frame = {"Result": data["Result"], "RiskLevel": data["RiskLevel"]}
    data |= {"FrameNum": 1, "Frame": json.dumps([frame], ensure_ascii=False)}
    if task.caller_account_id:
        data["AccountId"] = task.caller_account_id
    return answer


def _error(code: int, message: str) -> dict[str, Any]:
    return {"Code": code, "Msg": message}


def _end(task: AsyncTask, answer: dict[str, Any]) -> None:
    """Write the answer, unless the lease was lost and somebody else has the task now."""
    answer["RequestId"] = task.request_id
    if "Data" in answer:
        answer["Data"]["ReqId"] = task.request_id
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    with transaction.atomic():
        if AsyncTask.objects.held(task).update(state=AsyncTask.State.DONE, answer=text):
            _announce(task, answer.get("Data", {}).get("RiskLevel", ""))


def _announce(task: AsyncTask, risk_level: str) -> None:
    """Have the result sent to whoever wants it, after the commit."""
    deliveries = [
        Delivery.of(task, url=plan.url, seed=plan.seed, crypt_type=plan.crypt_type, plan=plan)
        for plan in task.account.callback_plans.all()
        if plan.wants(risk_level)
    ]
    if task.callback_url:
        deliveries.append(
            Delivery.of(
                task,
                url=task.callback_url,
                seed=task.callback_seed,
                crypt_type=task.callback_crypt_type,
            )
        )
    if deliveries:
        Delivery.objects.bulk_create(deliveries)
        transaction.on_commit(courier.wake)


def take_back() -> None:
    """Put the tasks of dead workers back into the queue; give up those that kill workers."""
    for task in AsyncTask.objects.lost().filter(attempts__gte=MAX_ATTEMPTS):
        _end(task, _error(500, _GIVEN_UP))
    AsyncTask.objects.release_lost()


def waiting_ids(limit: int, *, all_queued: bool) -> list[int]:
    """Return the tasks that should be sent to the broker, the oldest first.

    all_queued: also those that were sent lately.
    """
    queued = AsyncTask.objects.filter(state=AsyncTask.State.QUEUED)
    waiting = queued if all_queued else AsyncTask.objects.due()
    return list(waiting.order_by("pk").values_list("pk", flat=True)[:limit])
