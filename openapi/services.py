"""What writes tasks and notification plans of the API."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone

from console.models import AccessKey
from console.services import locked_account, record
from moderation.errors import ParameterTooLong
from openapi import tasks
from openapi.asynchronous.callback import Callback
from openapi.asynchronous.models import AsyncTask, CallbackPlan
from openapi.moderation_calls import ModerationCall
from results.records import storable

MAX_PLANS = 20


@transaction.atomic
def submit(moderation_call: ModerationCall, callback: Callback) -> AsyncTask:
    """Leave a picture to the worker, after the commit.

    It is looked after even if the broker is away, or this process dies before it has sent it.
    """
    call, parameters = moderation_call.call, moderation_call.parameters
    task = AsyncTask.objects.create(
        account_id=call.access_key.account_id,
        service=moderation_call.service,
        access_key=call.access_key,
        request_id=call.request_id,
        url=parameters.url,
        bucket=parameters.bucket,
        object_name=parameters.object_name,
        referer=parameters.referer,
        data_id=parameters.data_id,
        caller_account_id=storable(parameters.account_id),
        info_types=sorted(parameters.info_types),
        callback_url=callback.url,
        callback_seed=callback.seed,
        callback_crypt_type=callback.crypt_type,
        due_at=timezone.now() + tasks.SENT_AGAIN_AFTER,
    )
    transaction.on_commit(partial(tasks.send, [task.pk]))
    return task


@transaction.atomic
def create_plan(
    *, author: AccessKey, name: str, url: str, crypt_type: str, scope: str
) -> CallbackPlan:
    """Have a receiver notified of the asynchronous results of the key's account.

    Raises ParameterTooLong if the account has as many plans as it may.
    """
    account = locked_account(author.account_id)
    if account.callback_plans.count() >= MAX_PLANS:
        raise ParameterTooLong(f"There are {MAX_PLANS} plans already; delete one.")
    plan = account.callback_plans.create(name=name, url=url, crypt_type=crypt_type, scope=scope)
    record(actor=author, action="callback_plan.create", subject=name, details={"url": url})
    return plan


@transaction.atomic
def change_plan(*, plan: CallbackPlan, author: AccessKey, **changes: str) -> None:
    """Change name, url, crypt_type or scope; what waits to be sent is sent as it was.

    Raises CallbackPlan.DoesNotExist if it was deleted meanwhile.
    """
    plan.refresh_from_db(from_queryset=CallbackPlan.objects.select_for_update())
    for name, value in changes.items():
        setattr(plan, name, value)
    plan.save(update_fields=[*changes, "changed_at"])
    record(actor=author, action="callback_plan.change", subject=plan.name, details=changes)


@transaction.atomic
def delete_plan(*, plan: CallbackPlan, author: AccessKey) -> None:
    """Notify a receiver no more, not even of what waits to be sent."""
    record(actor=author, action="callback_plan.delete", subject=plan.name)
    plan.delete()
