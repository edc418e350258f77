"""The Celery application of the publisher: announces what was published, whatever workers do.

A process of its own, because workers may be busy for minutes; it loads neither Django's apps nor
networks. Workers do its work as well unless they are told to leave its queue alone.
"""

import os

from celery import Celery

from console.announcing import announce

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

app = Celery("assay-publisher", fixups=[], set_as_current=False)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.worker_enable_remote_control = False  # who counts workers does not count it
app.task(name="console.tasks.announce")(announce)
