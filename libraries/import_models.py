"""Imports into image libraries: jobs, and how far each of their pictures has come."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.models import Account, Member

LEASE = timedelta(seconds=120)
"""How long a worker may keep a job without a sign of life: longer than any slice of it."""


class Reason(models.TextChoices):
    """Why a picture was not added, or why a job ended early."""

    TOO_LARGE = "too_large", _("Too large")
    UNREADABLE = "unreadable", _("Not a picture that can be read")
    PLAIN = "plain", _("Too plain: it would match any picture")
    DUPLICATE = "duplicate", _("Already in a library")
    QUOTA = "quota", _("The account has no room for more images")
    TOO_MUCH = "too_much", _("More than one import may hold")
    DOWNLOAD = "download", _("Cannot be downloaded")
    BAD_HASH = "bad_hash", _("Not a PDQ hash")
    BAD_URL = "bad_url", _("Not a URL of a picture")
    UNSAFE_PATH = "unsafe_path", _("The path leads out of the ZIP")
    LINK = "link", _("A symbolic link")
    ENCRYPTED = "encrypted", _("Encrypted")
    ARCHIVE = "archive", _("An archive inside the ZIP")
    BOMB = "bomb", _("Compressed far more than a picture can be")
    REPEATED = "repeated", _("The name is there twice")
    DAMAGED = "damaged", _("Damaged")
    WORKER_LOST = "worker_lost", _("The worker stopped each time it read this")
    UNEXPECTED = "unexpected", _("The server failed; its log says more")
    # of a whole job
    LIBRARY_DELETED = "library_deleted", _("The library was deleted meanwhile.")
    NOT_A_ZIP = "not_a_zip", _("This is not a ZIP file, or it is damaged. Pack it anew.")
    TOO_MANY = "too_many", _("It has too many entries. Split it.")
    UNPACKED_TOO_LARGE = "unpacked_too_large", _("It is too large when unpacked. Split it.")
    OVERLAPPING = "overlapping", _("Its entries overlap, as only traps do. Pack it anew.")
    NOTHING = "nothing", _("There is nothing in it to import.")
    NOT_TEXT = "not_text", _("This is not a text file in UTF-8. Save it as such.")
    UPLOAD_STOPPED = "upload_stopped", _("The upload did not come to its end. Import it again.")


def reason_text(code: str) -> str:
    """Return a reason as people read it, empty if there is none."""
    return str(Reason(code).label) if code else ""


class ImportJobQuerySet(models.QuerySet["ImportJob"]):
    """Import jobs."""

    def newest_first(self) -> ImportJobQuerySet:
        """Order by the time they were started, newest first."""
        return self.order_by("-created_at")

    def unfinished(self) -> ImportJobQuerySet:
        """Keep the jobs that have not ended."""
        return self.filter(state__in=ImportJob.UNFINISHED)

    def with_work(self) -> ImportJobQuerySet:
        """Keep the jobs for which a worker can do something now."""
        has_rows = Q(total_count__gt=F("added_count") + F("duplicate_count") + F("refused_count"))
        return self.unfinished().filter(~Q(received_at=None) | has_rows)

    def claimable(self) -> ImportJobQuerySet:
        """Keep the unfinished jobs that no worker has, or whose worker has been silent too long."""
        return self.unfinished().filter(Q(claimed_by="") | Q(claimed_at__lt=timezone.now() - LEASE))


class ImportJob(models.Model):
    """Pictures or hashes on their way into a library, and the report of what became of them.

    name: of the file that was imported, empty if there was none.
    size_bytes, received_bytes: of the file, which arrives in parts.
    received_at: when everything had arrived; listed_at: when each picture had its row.
    planned_count: files that were announced, of an import of files.
    skipped_count: files that systems put beside pictures, and folders.
    attempts: how often a worker has begun with it since something was last stored.
    claimed_by: the worker that has the job, and a word for this time that it has it.
    """

    class Kind(models.TextChoices):
        ZIP = "zip", _("ZIP file")
        FILES = "files", _("Files or a folder")
        URLS = "urls", _("List of URLs")
        HASHES = "hashes", _("PDQ hashes")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELED = "canceled", _("Canceled")
        FAILED = "failed", _("Failed")

    UNFINISHED = (State.WAITING, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="import_jobs")
    library = models.ForeignKey(
        "libraries.ImageLibrary", models.SET_NULL, null=True, related_name="import_jobs"
    )
    library_name = models.CharField(max_length=64)
    member = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=255, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=18, blank=True, help_text="One of Reason.")
    size_bytes = models.PositiveBigIntegerField(default=0)
    received_bytes = models.PositiveBigIntegerField(default=0)
    planned_count = models.PositiveIntegerField(default=0)
    total_count = models.PositiveIntegerField(default=0)
    added_count = models.PositiveIntegerField(default=0)
    duplicate_count = models.PositiveIntegerField(default=0)
    refused_count = models.PositiveIntegerField(default=0)
    skipped_count = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=128, blank=True)
    claimed_at = models.DateTimeField(null=True)
    enqueued_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(default=timezone.now)
    received_at = models.DateTimeField(null=True)
    listed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["account", "-created_at"], name="import_job_newest"),
            models.Index(fields=["library", "-created_at"], name="import_job_of_library"),
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["waiting", "running"]),
                name="import_job_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """Return the file's name, or what kind of import it is."""
        return self.name or str(self.Kind(self.kind).label)

    @property
    def reason_text(self) -> str:
        """Return the reason as people read it."""
        return reason_text(self.reason)

    @property
    def is_finished(self) -> bool:
        """Say whether it has ended, in whatever way."""
        return self.state not in self.UNFINISHED

    @property
    def done_count(self) -> int:
        """Return how many pictures have their outcome."""
        return self.added_count + self.duplicate_count + self.refused_count


class ImportRow(models.Model):
    """One picture or hash of a job.

    number: its place, from 1 on.
    source: where the picture is, as import_sources reads it: part of a ZIP, URL, file or hash.
    detail: what the engine says of the reason, in English; may be empty.
    image_id: the image that was added, or the one that it is a copy of.
    attempts: how often a worker has begun with it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        ADDED = "added", _("Added")
        DUPLICATE = "duplicate", _("Duplicate")
        REFUSED = "refused", _("Refused")

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    name = models.CharField(_("name"), max_length=255)
    source = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=18, blank=True, help_text="One of Reason.")
    detail = models.TextField(blank=True)
    image_id = models.BigIntegerField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["job", "number"]
        constraints = [
            models.UniqueConstraint("job", "number", name="import_row_number_once_per_job"),
        ]
        indexes = [
            models.Index(fields=["job", "state", "number"], name="import_row_by_state"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reason_text(self) -> str:
        """Return the reason as people read it."""
        return reason_text(self.reason)
