"""Online tests: pictures that somebody had moderated by hand, and how far each has come."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from console.middleware import new_request_id
from console.models import Account, Member
from results.models import DetectionResult
from rules.models import Service


class OnlineTest(models.Model):
    """Up to 100 pictures moderated together; its key stands in the link to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="online_tests")
    author = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    service = models.ForeignKey(Service, models.CASCADE, related_name="+")
    data_id = models.CharField(_("data ID"), max_length=64, blank=True)
    info_types = models.JSONField(_("auxiliary information"), default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["account", "-created_at"], name="online_test_newest")]

    def __str__(self) -> str:
        return str(self.pk)


class OnlineTestItemQuerySet(models.QuerySet["OnlineTestItem"]):
    """Items of online tests."""

    def unfinished(self) -> OnlineTestItemQuerySet:
        """Keep the items that are still to be moderated."""
        return self.filter(state__in=[OnlineTestItem.State.QUEUED, OnlineTestItem.State.RUNNING])

    def claimable(self, *, lease_ended_before: datetime) -> OnlineTestItemQuerySet:
        """Keep the items that nobody moderates, or whose moderation was given up."""
        return self.filter(
            Q(state=OnlineTestItem.State.QUEUED)
            | Q(state=OnlineTestItem.State.RUNNING, claimed_at__lt=lease_ended_before)
        )


class OnlineTestItem(models.Model):
    """One picture of a test, on its way from the queue to its result.

    request_id is fixed from the start, so that a picture that is taken up twice is stored once.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    test = models.ForeignKey(OnlineTest, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=2048)
    url = models.CharField(max_length=2048, blank=True)
    file = models.FileField(upload_to="onlinetest/%Y/%m/%d/", blank=True)
    request_id = models.CharField(max_length=36, unique=True, default=new_request_id)
    state = models.CharField(max_length=7, choices=State.choices, default=State.QUEUED)
    enqueued_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=255, blank=True)
    error = models.CharField(max_length=300, blank=True)
    result = models.OneToOneField(
        DetectionResult, models.SET_NULL, null=True, related_name="online_test_item"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OnlineTestItemQuerySet.as_manager()

    class Meta:
        ordering = ["test", "position"]
        constraints = [
            models.UniqueConstraint("test", "position", name="online_test_item_position_once"),
        ]
        indexes = [
            models.Index(
                fields=["state", "claimed_at"],
                condition=Q(state__in=["queued", "running"]),
                name="online_test_item_unfinished",
            ),
            models.Index(
                fields=["created_at"], condition=~Q(file=""), name="online_test_item_file"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_finished(self) -> bool:
        """Say whether the item has its result or its error."""
        return self.state in {self.State.DONE, self.State.FAILED}
