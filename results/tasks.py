"""What the worker does for detection results."""

from __future__ import annotations

import logging

from celery import shared_task

from results import cleaning

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def delete_expired_results() -> None:
    """Delete a batch of results that are older than RESULT_LIFETIME_DAYS; beat sends this often."""
    if deleted := cleaning.delete_expired():
        logger.info("deleted %s expired results", deleted)
