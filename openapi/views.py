"""The documentation page of the API with its explorer, and what the API gives addresses of."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from console.models import Account
from console.pages import render_page
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from openapi.differences import DIFFERENCES
from openapi.download_links import read_download
from openapi.downloads import response_of
from openapi.examples import KINDS, LANGUAGES, example
from openapi.explorer import FIRST_ACTION, actions, explore, first_parameters
from openapi.forms import ExplorerForm

_TEMPLATE = "openapi/api.html"


@require_GET
@never_cache
@login_not_required
def download(request: HttpRequest, token: str) -> HttpResponseBase:
    """Send what a signed address stands for; once that is too old there is nothing."""
    wanted = read_download(token)
    if wanted is None:
        raise Http404
    with timezone.override(zoneinfo.ZoneInfo(wanted.access_key.account.time_zone)):
        response = response_of(wanted)
    if response is None:
        raise Http404
    return response


@require_GET
def documentation(request: ConsoleRequest) -> HttpResponse:
    """Show endpoint, examples, differences and, to administrators, the explorer.

    htmx asks for the examples alone, and for the explorer when another action is chosen.
    """
    context = _context(request)
    wants_explorer = request.htmx.target == "explorer" and context["form"] is not None
    partial = "explorer" if wants_explorer else "examples"
    return render_page(request, _TEMPLATE, context, partial=partial)


@never_cache
@require_POST
@role_required(Role.ADMINISTRATOR)
def send(request: ConsoleRequest) -> HttpResponse:
    """Send the explorer's call and show what went over the wire."""
    form = ExplorerForm(request.POST, account=request.account)
    context = _context(request) | {"form": form}
    if not form.is_valid():
        return render_page(request, _TEMPLATE, context, partial="explorer", status=422)
    origin = f"{request.scheme}://{request.get_host()}"
    context["exchange"] = explore(author=request.member, origin=origin, **form.cleaned_data)
    return render_page(request, _TEMPLATE, context, partial="explorer")


def _context(request: ConsoleRequest) -> dict[str, Any]:
    service = _first_service(request.account)
    return {
        "host": request.get_host(),
        "scheme": request.scheme,
        "example": example(
            language=request.GET.get("language", ""),
            kind=request.GET.get("kind", ""),
            host=request.get_host(),
            scheme=request.scheme or "http",
            service=service,
        ),
        "languages": LANGUAGES,
        "kinds": KINDS,
        "differences": DIFFERENCES,
        "days": settings.ASYNC_RESULT_LIFETIME_DAYS,
        "action_count": len(actions()),
        "form": _empty_form(request, service),
    }


def _empty_form(request: ConsoleRequest, service: str) -> ExplorerForm | None:
    """Return the explorer's form, None for members who may not use it."""
    if not request.member.may(Role.ADMINISTRATOR):
        return None
    wanted = request.GET.get("action", "")
    action = wanted if wanted in actions() else FIRST_ACTION
    initial = {
        "access_key": request.GET.get("access_key", ""),
        "action": action,
        "parameters": first_parameters(action, service),
    }
    return ExplorerForm(account=request.account, initial=initial)


def _first_service(account: Account) -> str:
    services = list(account.services.by_code())
    default = next((one for one in services if one.definition.default), None)
    return default.code if default else ""
