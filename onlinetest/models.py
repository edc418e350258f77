"""Online tests: runs of up to 100 pictures, and how far each picture has come."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.middleware import new_request_id
from console.models import Account, Member
from results.engine_errors import engine_error_text
from results.models import DetectionResult
from rules.models import Service

STOPPED = "Stopped"
"""The error code of images that somebody stopped."""

LEASE = timedelta(seconds=90)
"""How long a worker may keep an item: longer than any moderation, the large model's included."""


class TestRun(models.Model):
    """Up to 100 pictures moderated together; its key stands in the link to it.

    planned_count: images that were announced; uploads follow one at a time.
    """

    __test__ = False  # pytest takes classes of this name for tests

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="test_runs")
    member = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    service = models.ForeignKey(Service, models.CASCADE, related_name="+")
    data_id = models.CharField(_("data ID"), max_length=64, blank=True)
    info_types = models.JSONField(_("auxiliary information"), default=list)
    planned_count = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["account", "-created_at"], name="test_run_newest")]

    def __str__(self) -> str:
        return str(self.pk)


class TestItemQuerySet(models.QuerySet["TestItem"]):
    """Images of runs."""

    __test__ = False

    def claimable(self) -> TestItemQuerySet:
        """Keep the images that nobody moderates, or whose worker has kept them too long."""
        lease_ended = Q(state=TestItem.State.RUNNING, claimed_at__lt=timezone.now() - LEASE)
        return self.filter(Q(state=TestItem.State.QUEUED) | lease_ended)


class TestItem(models.Model):
    """One image of a run, on its way from the queue to its result.

    request_id is fixed from the start, so that an image that is taken up twice is stored once.
    asked_url: the address by which a program named its upload; nothing is fetched from it.
    error_code: the name of the error's class.
    """

    __test__ = False

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Checking")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    UNFINISHED = (State.QUEUED, State.RUNNING)

    run = models.ForeignKey(TestRun, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=255)
    url = models.CharField(max_length=2048, blank=True)
    asked_url = models.CharField(max_length=2048, blank=True)
    upload = models.FileField(upload_to="onlinetest/", max_length=255, blank=True)
    request_id = models.CharField(max_length=36, unique=True, default=new_request_id)
    state = models.CharField(max_length=7, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    enqueued_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=128, blank=True)
    error_code = models.CharField(max_length=32, blank=True)
    error = models.TextField(blank=True)
    result = models.OneToOneField(
        DetectionResult, models.SET_NULL, null=True, related_name="test_item"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = TestItemQuerySet.as_manager()

    class Meta:
        ordering = ["run", "position"]
        constraints = [
            models.UniqueConstraint("run", "position", name="test_item_position_once"),
        ]
        indexes = [
            models.Index(
                fields=["state", "claimed_at"],
                condition=Q(state__in=["queued", "running"]),
                name="test_item_unfinished",
            ),
            models.Index(fields=["created_at"], condition=~Q(upload=""), name="test_item_upload"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def can_retry(self) -> bool:
        """Say whether it failed and its picture is still at hand."""
        return self.state == self.State.FAILED and bool(self.url or self.upload)

    @property
    def error_text(self) -> str:
        """Say in the language of the page why it failed."""
        return engine_error_text(self.error_code, self.error)
