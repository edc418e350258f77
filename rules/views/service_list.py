"""The services of an account: list, copy, delete, and how far a version has come."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from console.models import Publication
from console.pages import go_to, not_found_once_deleted, render_page
from console.publication import publication_state
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from rules import errors
from rules.forms.service import CopyServiceForm, DeleteServiceForm, ServiceFilterForm
from rules.models import Service
from rules.service_rows import service_rows
from rules.services import copy_service, delete_copy

STOP_POLLING = 286


@require_GET
def service_list(request: ConsoleRequest) -> HttpResponse:
    """List the services; htmx asks for the rows alone when the filter changes."""
    form = ServiceFilterForm(request.GET)
    wanted = form.cleaned_data["q"] if form.is_valid() else ""
    services = [
        service for service in request.account.services.by_code() if service.is_named_like(wanted)
    ]
    context = {
        "q": wanted,
        "rows": service_rows(request.account, services),
        "may_edit": request.member.may(Role.POLICY_MANAGER),
    }
    return render_page(request, "rules/service_list.html", context, partial="service-rows")


@require_http_methods(["GET", "POST"])
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def service_copy(request: ConsoleRequest, code: str) -> HttpResponse:
    """Ask for code, name and description of a copy, then open its rules."""
    source = get_object_or_404(request.account.services, code=code)
    initial = {"code": source.next_copy_code(), "description": source.description}
    form = CopyServiceForm(request.POST or None, initial=initial)
    if request.method == "GET" or not form.is_valid():
        return _copy_form(request, source, form)
    try:
        copy = copy_service(source=source, author=request.member, **form.cleaned_data)
    except errors.InvalidCode:
        form.add_error("code", _("Use letters, digits and underscores only."))
        return _copy_form(request, source, form)
    except errors.CodeTaken:
        free = source.next_copy_code()
        form.add_error(
            "code", _("A service has this code already. %(code)s is free.") % {"code": free}
        )
        return _copy_form(request, source, form)
    messages.success(request, _("%(code)s was created.") % {"code": copy.code})
    return go_to(request, reverse("rules:service", args=[copy.code]))


def _copy_form(request: ConsoleRequest, source: Service, form: CopyServiceForm) -> HttpResponse:
    context = {"service": source, "form": form}
    status = 422 if request.method == "POST" else 200
    return render_page(request, "rules/service_copy.html", context, partial="modal", status=status)


@require_http_methods(["GET", "POST"])
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def service_delete(request: ConsoleRequest, code: str) -> HttpResponse:
    """Delete a copy once its code has been typed; a built-in service says that it stays."""
    service = get_object_or_404(request.account.services, code=code)
    form = DeleteServiceForm(request.POST or None, service=service)
    is_refused = request.method == "POST" and not (service.is_copy and form.is_valid())
    if request.method == "GET" or is_refused:
        context = {"service": service, "form": form}
        return render_page(
            request,
            "rules/service_delete.html",
            context,
            partial="modal",
            status=422 if is_refused else 200,
        )
    delete_copy(service=service, author=request.member)
    messages.success(request, _("%(code)s was deleted.") % {"code": code})
    return go_to(request, reverse("rules:service_list"))


@never_cache
@require_GET
def publication(request: ConsoleRequest, code: str) -> HttpResponse:
    """Say how far the newest version has come; who polls is told when every process has it."""
    service = get_object_or_404(request.account.services, code=code)
    state = publication_state(Publication.Topic.RULESET, service.pk)
    context = {"service": service, "state": state}
    response = render(request, "rules/_publication.html", context)
    if state.is_live:
        response.status_code = STOP_POLLING
        text = _("Version %(number)s is live") % {"number": service.version}
        response["HX-Trigger"] = json.dumps({"toast": {"kind": "success", "text": text}})
    return response
