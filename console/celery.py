"""The Celery application: queues, and the schedule that beat follows."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready
from django.conf import settings
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

app = Celery("assay")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def warm_up(**_: Any) -> None:
    """Load the networks; only now, so that the process of beat does not hold them as well."""
    import_string(settings.WARM_UP)()
