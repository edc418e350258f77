"""The versions of a service: listed, compared, read as JSON, restored."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from console.pages import not_found_once_deleted, render_page
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from rules import errors
from rules.forms.history import CompareForm, HistoryPlaceForm, RestoreForm
from rules.header import header_context
from rules.history import compare, history_page, preview_restore, to_json
from rules.models import RulesetVersion, Service
from rules.services import restore_version
from rules.views.saved import saved_response
from rules.views.stale import stale_response


@require_GET
def history(request: ConsoleRequest, code: str) -> HttpResponse:
    """List the versions of a service, newest first."""
    service = get_object_or_404(request.account.services, code=code)
    place = HistoryPlaceForm(request.GET)
    page = history_page(service, **(place.cleaned_data if place.is_valid() else {}))
    context = header_context(service, request.member, tab="history") | {"page": page}
    return render_page(request, "rules/history.html", context, partial="history")


@require_GET
def version(request: ConsoleRequest, code: str, number: int) -> HttpResponse:
    """Show what a version changed, or how it differs from another; ?with= names that one."""
    shown = _version(request, code, number)
    service = shown.service
    form = CompareForm(request.GET, newest=service.version)
    other = number - 1
    if form.is_valid():
        other = form.cleaned_data["with"] or other
    previous = service.versions.filter(number=other).first()
    context = header_context(service, request.member, tab="history") | {
        "version": shown,
        "form": form,
        "comparison": compare(shown, previous) if previous else None,
    }
    return render_page(request, "rules/version.html", context, partial="comparison")


@require_GET
def document(request: ConsoleRequest, code: str, number: int) -> HttpResponse:
    """Answer all of a version as JSON."""
    shown = _version(request, code, number)
    response = JsonResponse(to_json(shown), json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'inline; filename="{code}-version-{number}.json"'
    return response


@require_http_methods(["GET", "POST"])
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def restore(request: ConsoleRequest, code: str, number: int) -> HttpResponse:
    """Show what rolling back to a version would change; do it when that was sent."""
    earlier = _version(request, code, number)
    service = earlier.service
    if request.method == "GET":
        form = RestoreForm(initial={"base_version": service.version})
        return _restore_page(request, earlier, form)
    form = RestoreForm(request.POST)
    if not form.is_valid():
        return _restore_page(request, earlier, form, status=422)
    try:
        saved = _restore(request, earlier, form)
    except errors.StaleVersion as stale:
        reload_url = reverse("rules:version", args=[code, number])
        return stale_response(
            request, service=service, stale=stale, form_id="", reload_url=reload_url
        )
    except errors.ConflictingLibrary as conflict:
        form.add_error(None, _conflict_text(conflict))
    except errors.UnknownLibrary:
        form.add_error(None, _("A library was deleted in the meantime. Reload the page."))
    except errors.NothingToSave:
        form.add_error(None, _("The rules are already those of this version."))
    else:
        return _restored(request, saved)
    return _restore_page(request, earlier, form, status=422)


def _restore(request: ConsoleRequest, earlier: RulesetVersion, form: RestoreForm) -> RulesetVersion:
    return restore_version(
        version=earlier,
        based_on=form.cleaned_data["base_version"],
        author=request.member,
        comment=form.cleaned_data["comment"],
    )


def _restored(request: ConsoleRequest, saved: RulesetVersion) -> HttpResponse:
    """Go to the list of versions, which has the new one at its top."""
    url = reverse("rules:history", args=[saved.service.code])
    response = HttpResponse(headers={"HX-Redirect": url}) if request.htmx else redirect(url)
    return saved_response(request, response, saved)


def _conflict_text(conflict: errors.ConflictingLibrary) -> str:
    return _(
        "Not rolled back: %(names)s would be exempt and set a label. Unlink it there first."
    ) % {"names": ", ".join(conflict.names)}


def _restore_page(
    request: ConsoleRequest, earlier: RulesetVersion, form: RestoreForm, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "service": earlier.service,
        "version": earlier,
        "form": form,
        "preview": preview_restore(earlier.service, earlier),
    }
    return render_page(request, "rules/restore.html", context, partial="modal", status=status)


def _version(request: ConsoleRequest, code: str, number: int) -> RulesetVersion:
    service: Service = get_object_or_404(request.account.services, code=code)
    versions = service.versions.select_related("service__account", "author__user")
    return get_object_or_404(versions, number=number)
