"""What was uploaded."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from console.models import Account


class UploadQuerySet(models.QuerySet["Upload"]):
    """Uploads."""

    def kept(self) -> UploadQuerySet:
        """Leave out those whose time is over."""
        return self.filter(uploaded_at__gte=timezone.now() - lifetime())

    def expired(self) -> UploadQuerySet:
        """Keep those whose time is over."""
        return self.filter(uploaded_at__lt=timezone.now() - lifetime())


class Upload(models.Model):
    """A file that a program has put into the object store, for a while.

    bucket: the name of the store that the sender used; all of its names mean the same.
    md5: 32 hexadecimal digits in upper case.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="uploads", db_index=False)
    bucket = models.CharField(max_length=63)
    object_name = models.CharField(max_length=1024)
    file = models.FileField()
    content_type = models.CharField(max_length=255, blank=True)
    size_bytes = models.BigIntegerField()
    md5 = models.CharField(max_length=32)
    uploaded_at = models.DateTimeField(default=timezone.now)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint("account", "object_name", name="upload_name_once_per_account")
        ]
        indexes = [models.Index(fields=["uploaded_at"], name="upload_uploaded")]

    def __str__(self) -> str:
        return self.object_name

    @property
    def etag(self) -> str:
        """Return what the object store says of the content."""
        return f'"{self.md5}"'


def lifetime() -> timedelta:
    """Return how long uploads are kept."""
    return timedelta(minutes=settings.UPLOAD_LIFETIME_MINUTES)
