"""What the API leaves to the worker."""

import logging

from celery import shared_task
from django.utils import timezone

from openapi import nonces

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def forget_old_nonces() -> None:
    """Delete nonces that cannot be replayed any more; beat sends this every five minutes."""
    deleted = nonces.forget_old_nonces(timezone.now())
    logger.info("forgot %s nonces", deleted)
