"""What the worker does for the usage statistics."""

from __future__ import annotations

import logging
import time

from celery import shared_task

from console.batches import checkpoint
from stats import rolling_up

logger = logging.getLogger(__name__)
_AT_MOST_S = 20.0


@shared_task(ignore_result=True)
def roll_up_usage() -> None:
    """Count the results that are not counted yet; beat sends this often, and the rest can wait."""
    end = time.monotonic() + _AT_MOST_S
    counted = 0
    for batch in rolling_up.counted_batches():
        counted += batch
        if time.monotonic() > end:
            break
    checkpoint()
    logger.debug("counted %s results", counted)


@shared_task(ignore_result=True)
def forget_old_usage() -> None:
    """Delete usage that is older than a year; beat sends this every hour."""
    if deleted := rolling_up.forget_old_usage():
        logger.info("deleted %s rows of usage that is older than a year", deleted)
