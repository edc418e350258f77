"""How a view answers: htmx with the part it asked for, everybody else with the page."""

from __future__ import annotations

from functools import wraps
from typing import Any, cast

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers

from console.requests import ConsoleRequest
from console.roles import P, View


def not_found_once_deleted(view: View[P]) -> View[P]:
    """Answer 404 if somebody else deletes what is to be changed after the view has found it."""

    @wraps(view)
    def guarded(request: ConsoleRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except ObjectDoesNotExist as error:
            raise Http404 from error

    return cast("View[P]", guarded)  # wraps() makes another type of it


def render_page(
    request: ConsoleRequest,
    template: str,
    context: dict[str, Any],
    *,
    partial: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render the template, or only its partial if htmx asks for the element of that name.

    A history entry that htmx restores gets the whole page.
    """
    wants_partial = (
        partial
        and request.htmx
        and request.htmx.target == partial
        and not request.htmx.history_restore_request
    )
    name = f"{template}#{partial}" if wants_partial else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def render_dialog(request: ConsoleRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Render a dialog's form: as asked for, or again because what was sent is refused."""
    status = 200 if request.method == "GET" else 422
    return render_page(request, template, context, partial="modal", status=status)


def go_to(request: ConsoleRequest, url: str) -> HttpResponse:
    """Lead to another page, from a page's form or from a dialog."""
    return HttpResponse(headers={"HX-Redirect": url}) if request.htmx else redirect(url)
