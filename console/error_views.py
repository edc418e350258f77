"""What a page answers when it cannot be shown; none of it needs the database."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from console.context import shell


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say which role the page needs."""
    reason = str(exception or "") or _("Your role does not include this page.")
    return _answer(request, 403, _("You cannot open this page"), reason)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that there is nothing here, or nothing that the account may see."""
    reason = _("The address is wrong, or what it named has been deleted.")
    return _answer(request, 404, _("There is nothing here"), reason)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that it is our fault, with the request id that the log has too."""
    reason = _("Something went wrong on the server. Try again, or give an administrator this ID.")
    return _answer(request, 500, _("The page could not be made"), reason)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that a form was too old or came from elsewhere."""
    text = _("The form was too old, or cookies are switched off. Go back, reload and try again.")
    return _answer(request, 403, _("The form was not accepted"), text)


def _answer(request: HttpRequest, status: int, title: str | Promise, reason: str) -> HttpResponse:
    """Answer htmx with a toast and everybody else with a page in the console's shell."""
    if request.headers.get("HX-Request") == "true":
        toast = json.dumps({"toast": {"kind": "error", "text": reason}})
        return HttpResponse(status=status, headers={"HX-Trigger": toast})
    context = _context(request) | {"status": status, "title": title, "reason": reason}
    return HttpResponse(render_to_string("console/error.html", context), status=status)


def _context(request: HttpRequest) -> dict[str, Any]:
    """Give what context processors would, save what reads the database."""
    return shell(request) | {
        "return_to": "/",
        "request": request,
        "csrf_token": get_token(request),
        "LANGUAGE_CODE": get_language() or settings.LANGUAGE_CODE,
        "messages": [],
        "request_id": getattr(request, "request_id", ""),
        "layout": "base.html" if getattr(request, "member", None) else "entrance.html",
    }
