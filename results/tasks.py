"""What the worker does for detection results."""

from __future__ import annotations

import logging
import time

from celery import shared_task

from results import cleaning

logger = logging.getLogger(__name__)
_AT_MOST_S = 40.0  # beat sends it every minute


@shared_task(ignore_result=True)
def delete_expired_results() -> None:
    """Delete results that are older than RESULT_LIFETIME_DAYS, as many as fit before the next."""
    end = time.monotonic() + _AT_MOST_S
    deleted = 0
    for batch in cleaning.expired_batches():
        deleted += batch
        if time.monotonic() > end:
            break
    if deleted:
        logger.info("deleted %s expired results", deleted)


@shared_task(ignore_result=True)
def delete_stray_files() -> None:
    """Delete pictures that were written for results that were never stored; beat sends it daily."""
    if deleted := cleaning.delete_stray_files():
        logger.info("deleted %s folders of pictures without a result", deleted)
