"""Deleting publications and processes that nobody asks for any more."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from console.models import ModeratingProcess, Publication

PUBLICATION_LIFETIME = timedelta(days=1)
PROCESS_LIFETIME = timedelta(hours=1)


def forget_old_publications() -> int:
    """Delete old publications, except the newest of each subject; return how many."""
    newer = Publication.objects.filter(
        topic=OuterRef("topic"), subject_id=OuterRef("subject_id"), number__gt=OuterRef("number")
    )
    old = Publication.objects.filter(created_at__lt=timezone.now() - PUBLICATION_LIFETIME)
    return old.filter(Exists(newer)).order_by().delete()[0]


def forget_gone_processes() -> int:
    """Delete the rows of processes that ended long ago without a word; return how many."""
    long_ago = timezone.now() - PROCESS_LIFETIME
    return ModeratingProcess.objects.filter(seen_at__lt=long_ago).delete()[0]
