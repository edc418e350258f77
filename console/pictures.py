"""Sending the pictures that we encoded, and no others."""

from __future__ import annotations

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404


def picture_response(file: FieldFile, content_type: str) -> FileResponse:
    """Send a picture that we encoded, so that a browser can do nothing but show it."""
    if not file:
        raise Http404
    try:
        response = FileResponse(file.open("rb"), content_type=content_type)
    except FileNotFoundError as error:
        raise Http404 from error
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response
