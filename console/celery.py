"""The Celery application: queues, and the schedule that beat follows."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutdown
from celery.worker.consumer import Consumer
from django.conf import settings
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

app = Celery("assay")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def warm_up(sender: Consumer, **_: Any) -> None:
    """Load the networks; only now, so that the process of beat does not hold them as well."""
    if sender.app is not app:  # the publisher judges nothing
        return
    import_string(settings.WARM_UP)()
    follower = import_string("console.following.follow")("worker")
    worker_shutdown.connect(lambda **_: follower.stop(), weak=False)
