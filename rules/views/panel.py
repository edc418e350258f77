"""The panel of the detection scope in all its states, for the views that show or save it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from console.pages import render_page
from console.requests import ConsoleRequest
from rules.differences import Differences
from rules.header import header_context
from rules.models import RulesetVersion, Service
from rules.scope_page import ScopePage, scope_page
from rules.views.saved import saved_response

PAGE = "rules/scope.html"
SCOPE_FORM = "scope-form"
LIBRARIES_FORM = "libraries-form"
_NOT_SENT_AGAIN = ("reviewed", "csrfmiddlewaretoken")


def scope_url(service: Service, type_code: str) -> str:
    """Return the address of a detection type."""
    return reverse("rules:scope", args=[service.code, type_code])


def panel(
    request: ConsoleRequest, service: Service, page: ScopePage, *, status: int = 200, **forms: Any
) -> HttpResponse:
    """Show a detection type; forms: scope_form or libraries_form if one of them is edited."""
    context = _context(request, service, page) | forms
    return render_page(request, PAGE, context, partial="scope-panel", status=status)


def saved_panel(request: ConsoleRequest, version: RulesetVersion, type_code: str) -> HttpResponse:
    """Show a detection type as it was saved, with the new version in the header."""
    service = Service.objects.get(pk=version.service_id)
    url = scope_url(service, type_code)
    if not request.htmx:
        return saved_response(request, redirect(url), version)
    context = _context(request, service, scope_page(service, type_code))
    response = render(request, f"{PAGE}#saved", context)
    response["HX-Push-Url"] = url
    return saved_response(request, response, version)


def review_response(
    request: ConsoleRequest, service: Service, differences: Differences, *, form_id: str
) -> HttpResponse:
    """Show what would change, over the form that was sent, and ask whether to save it."""
    sent = [(name, value) for name, value in request.POST.items() if name not in _NOT_SENT_AGAIN]
    context = {
        "service": service,
        "differences": differences,
        "form_id": form_id,
        "sent": [*sent, ("reviewed", "1")],
    }
    template = "rules/review.html#modal" if request.htmx else "rules/review.html"
    response = render(request, template, context)
    response["HX-Retarget"] = "#modal"
    response["HX-Reswap"] = "innerHTML"
    response["HX-Push-Url"] = "false"
    return response


def _context(request: ConsoleRequest, service: Service, page: ScopePage) -> dict[str, Any]:
    header = header_context(service, request.member, tab="scope")
    return header | {"page": page, "scope_form": None, "libraries_form": None}
