"""How a view answers: htmx with the part it asked for, everybody else with the page."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from console.requests import ConsoleRequest


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
