"""What the worker does for libraries."""

from __future__ import annotations

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

from console.models import Account
from libraries import files

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def delete_stray_files(account_id: int) -> None:
    """Delete the pictures of an account that no library image has any more."""
    if deleted := files.delete_stray_files(account_id):
        logger.info("deleted %s files that no library image had", deleted)


@shared_task(ignore_result=True)
def delete_all_stray_files() -> None:
    """Look for such files in all accounts; beat sends this every hour."""
    for account in Account.objects.order_by("pk"):
        files.delete_stray_files(account.pk)


def enqueue_stray_files(account_id: int) -> None:
    """Have the files of an account looked through soon; without a broker, within the hour."""
    try:
        delete_stray_files.delay(account_id)
    except OperationalError as error:
        logger.warning("files of deleted images wait for the broker: %s", error)
