"""The web server's way in: makes requests fit for Django, then hands them on."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

_django = get_wsgi_application()

from django.conf import settings  # noqa: E402 - settings are ready only now
from django.utils.module_loading import import_string  # noqa: E402

from console.gateway import normalised  # noqa: E402

application = normalised(_django)
import_string(settings.WARM_UP)()
