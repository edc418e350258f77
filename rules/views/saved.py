"""What the answer to a save says, whatever was saved."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from console.requests import ConsoleRequest
from rules.models import RulesetVersion


def saved_response(
    request: ConsoleRequest, response: HttpResponse, version: RulesetVersion
) -> HttpResponse:
    """Let the answer say under which number it was saved; a redirect says it on the next page."""
    text = _("Saved as version %(number)d") % {"number": version.number}
    if request.htmx and "HX-Redirect" not in response:
        response["HX-Trigger"] = json.dumps({"toast": {"kind": "success", "text": text}})
    else:
        messages.success(request, text)
    return response
