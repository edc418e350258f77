"""Pictures that wait for the worker, what came of them, and who has to be notified."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q
from django.utils import timezone

from console.leasing import Leased, LeasedQuerySet
from console.models import AccessKey, Account
from openapi.service_parameters import ServiceParameters
from rules.models import Service


class CryptType(models.TextChoices):
    """How the checksum of a notification is made."""

    SHA256 = "SHA256"
    SM3 = "SM3"


class AsyncTaskQuerySet(LeasedQuerySet["AsyncTask"]):
    """Asynchronous tasks."""


class AsyncTask(Leased):
    """A picture that a call left to the worker, and the answer once there is one.

    request_id: that of the call; the stored result has it too, so that it is stored once.
    caller_account_id: what the caller wrote as accountId; echoed, not ours.
    answer: the result as JSON text, as it is called back.
    """

    LEASE = timedelta(seconds=90)  # longer than any moderation, the large model's included

    account = models.ForeignKey(Account, models.CASCADE, related_name="async_tasks")
    service = models.ForeignKey(Service, models.SET_NULL, null=True, related_name="+")
    access_key = models.ForeignKey(AccessKey, models.SET_NULL, null=True, related_name="+")
    request_id = models.CharField(max_length=36, unique=True)
    url = models.CharField(max_length=2048, blank=True)
    bucket = models.CharField(max_length=63, blank=True)
    object_name = models.CharField(max_length=1024, blank=True)
    referer = models.CharField(max_length=256, blank=True)
    data_id = models.CharField(max_length=64, blank=True)
    caller_account_id = models.TextField(blank=True)
    info_types = models.JSONField(default=list)
    callback_url = models.CharField(max_length=2048, blank=True)
    callback_seed = models.CharField(max_length=64, blank=True)
    callback_crypt_type = models.CharField(max_length=6, choices=CryptType.choices, blank=True)
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AsyncTaskQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["state", "due_at"],
                condition=Q(state__in=["queued", "running"]),
                name="async_task_unfinished",
            ),
            models.Index(fields=["created_at"], name="async_task_created"),
        ]

    def __str__(self) -> str:
        return self.request_id

    @property
    def parameters(self) -> ServiceParameters:
        """Return what the call said of the picture."""
        return ServiceParameters(
            url=self.url,
            bucket=self.bucket,
            object_name=self.object_name,
            data_id=self.data_id,
            referer=self.referer,
            account_id=self.caller_account_id,
            info_types=frozenset(self.info_types),
        )

    @property
    def answer_body(self) -> dict[str, Any]:
        """Return the answer as an object; the task is done."""
        return cast("dict[str, Any]", json.loads(self.answer))


ALL = "all"


def new_seed() -> str:
    """Return 32 random letters and digits."""
    return secrets.token_hex(16)


class CallbackPlan(models.Model):
    """A receiver that is notified of every asynchronous result of the account in its scope.

    scope: "all", or risk levels separated by commas; results that failed have no level.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="callback_plans")
    name = models.CharField(max_length=64)
    url = models.CharField(max_length=2048)
    seed = models.CharField(max_length=32, default=new_seed)
    crypt_type = models.CharField(max_length=6, choices=CryptType.choices)
    scope = models.CharField(max_length=32, default=ALL)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    def wants(self, risk_level: str) -> bool:
        """Say whether results of a risk level are in scope, or failures if it is empty."""
        return self.scope == ALL or risk_level in self.scope.split(",")


class DeliveryQuerySet(LeasedQuerySet["Delivery"]):
    """Notifications."""


class Delivery(Leased):
    """One notification of one finished task to one receiver.

    plan: None if the call itself named the receiver.
    host: the receiver's; a slow one gets only some of the threads.
    error: why the last attempt failed.
    """

    LEASE = timedelta(seconds=60)  # longer than any attempt

    task = models.ForeignKey(AsyncTask, models.CASCADE, related_name="deliveries")
    plan = models.ForeignKey(CallbackPlan, models.CASCADE, null=True, related_name="+")
    url = models.CharField(max_length=2048)
    host = models.CharField(max_length=255)
    seed = models.CharField(max_length=64)
    crypt_type = models.CharField(max_length=6, choices=CryptType.choices)
    error = models.TextField(blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["state", "due_at"],
                condition=Q(state__in=["queued", "running"]),
                name="delivery_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.host}"

    @classmethod
    def of(
        cls,
        task: AsyncTask,
        *,
        url: str,
        seed: str,
        crypt_type: str,
        plan: CallbackPlan | None = None,
    ) -> Delivery:
        """Return a notification of a task, due at once."""
        return cls(
            task=task,
            plan=plan,
            url=url,
            host=(urlsplit(url).hostname or "")[:255],
            seed=seed,
            crypt_type=crypt_type,
            due_at=timezone.now(),
        )
