"""The console with an engine that answers at once and stores nothing."""

import os
from types import SimpleNamespace
from typing import cast
from wsgiref.types import WSGIApplication

os.environ["DJANGO_SETTINGS_MODULE"] = "console.settings"

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

_django: WSGIHandler = get_wsgi_application()

from console.following import follow  # noqa: E402 - settings are ready only now
from console.gateway import normalised  # noqa: E402
from console.models import ModeratingProcess  # noqa: E402
from results import services  # noqa: E402
from results.models import DetectionResult  # noqa: E402
from rules.models import Service  # noqa: E402

_HARMLESS = {
    "risk_level": "none",
    "data_id": "",
    "labels": [{"label": "nonLabel", "confidence": None, "risk_level": "none"}],
    "findings": {
        "findings": {"detections": [], "image_matches": [], "keyword_matches": []},
        "text_lines": [],
        "detectors": [],
        "large_model_text": "",
    },
}


def _moderate(*, service: Service, submission: services.Submission) -> DetectionResult:
    result = SimpleNamespace(request_id=submission.request_id, service=service, **_HARMLESS)
    return cast("DetectionResult", result)


services.moderate = _moderate
_application = normalised(_django)


def serving_application() -> WSGIApplication:
    """Return the application for a process that serves from now on, as the console's own does."""
    follow(ModeratingProcess.Kind.WEB)
    return _application
