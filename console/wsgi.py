"""The web server's way in: makes requests fit for Django, then hands them on."""

import os
from wsgiref.types import WSGIApplication

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

_django = get_wsgi_application()

from django.conf import settings  # noqa: E402 - settings are ready only now
from django.utils.module_loading import import_string  # noqa: E402

from console.following import follow  # noqa: E402
from console.gateway import normalised  # noqa: E402
from console.models import ModeratingProcess  # noqa: E402

application = normalised(_django)
import_string(settings.WARM_UP)()


def serving_application() -> WSGIApplication:
    """Return the application for a process that serves from now on; each calls this once."""
    follow(ModeratingProcess.Kind.WEB)
    return application
