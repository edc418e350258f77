"""What writes tasks of the API: leaving a picture to the worker."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone

from openapi import tasks
from openapi.asynchronous.callback import Callback
from openapi.asynchronous.models import AsyncTask
from openapi.moderation_calls import ModerationCall
from results.records import storable


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
