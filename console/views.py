"""Access keys, audit log and preferences."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console import services
from console.audit import audit_page
from console.forms import AccessKeyForm, AuditFilterForm, DeleteAccessKeyForm, PreferencesForm
from console.pages import render_page
from console.requests import ConsoleRequest
from console.roles import Role, role_required


@require_GET
@role_required(Role.ADMINISTRATOR)
def access_key_list(request: ConsoleRequest) -> HttpResponse:
    """Show the account's access keys, newest first."""
    keys = request.account.access_keys.newest_first().select_related("created_by__user")
    return render_page(
        request, "console/access_key_list.html", {"keys": keys}, partial="access-keys"
    )


@never_cache
@require_http_methods(["GET", "POST"])
@role_required(Role.ADMINISTRATOR)
def access_key_create(request: ConsoleRequest) -> HttpResponse:
    """Ask for a name; then show the new key with its secret, this once."""
    form = AccessKeyForm(request.POST or None)
    template = "console/access_key_create.html"
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        return render_page(request, template, {"form": form}, partial="modal", status=status)
    key, secret = services.create_access_key(
        account=request.account, author=request.member, **form.cleaned_data
    )
    context = {"form": form, "key": key, "secret": secret}
    response = render_page(request, template, context, partial="modal")
    response["HX-Trigger"] = "access-keys-changed"
    return response


@require_POST
@role_required(Role.ADMINISTRATOR)
def access_key_switch(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """Switch an access key on or off; an unticked switch sends nothing."""
    key = get_object_or_404(request.account.access_keys, key_id=key_id)
    enabled = "enabled" in request.POST
    services.set_access_key_enabled(key=key, enabled=enabled, author=request.member)
    if not request.htmx:
        return redirect("console:access_key_list")
    return render(request, "console/access_key_list.html#access-key-row", {"key": key})


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMINISTRATOR)
def access_key_delete(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """Delete an access key once its ID has been typed."""
    key = get_object_or_404(request.account.access_keys, key_id=key_id)
    form = DeleteAccessKeyForm(request.POST or None, key=key)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        context = {"form": form, "key": key}
        return render_page(
            request, "console/access_key_delete.html", context, partial="modal", status=status
        )
    services.delete_access_key(key=key, author=request.member)
    messages.success(request, _("Access key “%(name)s” was deleted.") % {"name": key.name})
    if not request.htmx:
        return redirect("console:access_key_list")
    return HttpResponse(headers={"HX-Redirect": reverse("console:access_key_list")})


@require_GET
@role_required(Role.POLICY_MANAGER)
def audit_log(request: ConsoleRequest) -> HttpResponse:
    """List what was changed in the account, by whom, newest first."""
    form = AuditFilterForm(request.GET)
    asked = form.asked
    page, rows = audit_page(request.account, number=request.GET.get("page", ""), **asked)
    context = {"form": form, "page": page, "rows": rows, "is_filtered": any(asked.values())}
    return render_page(request, "console/audit_log.html", context, partial="audit")


@require_http_methods(["GET", "POST"])
def preferences(request: ConsoleRequest) -> HttpResponse:
    """Show the member's preferences; keep those that are sent."""
    if request.method == "GET":
        return render(request, "console/preferences.html", {"form": _preferences_form(request)})
    form = _preferences_form(request)
    if not form.is_valid():
        return render(request, "console/preferences.html", {"form": form}, status=422)
    form.save()
    if not request.htmx:
        return redirect("console:preferences")
    kept = json.dumps({"preferences": form.cleaned_data})
    return HttpResponse(status=204, headers={"HX-Trigger": kept})


def _preferences_form(request: ConsoleRequest) -> PreferencesForm:
    if request.method == "GET":
        return PreferencesForm(instance=request.member)
    return PreferencesForm.changing(request.member, request.POST)
