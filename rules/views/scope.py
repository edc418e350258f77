"""The detection scope of a service, one detection type at a time: view, edit, save."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from console.pages import not_found_once_deleted
from console.requests import ConsoleRequest
from console.roles import Role, require_role, role_required
from rules import errors
from rules.changes import scope_changes
from rules.differences import differences
from rules.forms.custom_libraries import CustomLibrariesForm
from rules.forms.scope import ScopeForm
from rules.forms.version import VersionForm
from rules.header import header_context
from rules.links import choices_of
from rules.merging import merged
from rules.models import RulesetVersion, Service
from rules.scope_page import first_type_of, scope_page
from rules.services import save_scope
from rules.views.panel import SCOPE_FORM, panel, review_response, saved_panel, scope_url
from rules.views.stale import stale_response


@require_GET
def first_type(request: ConsoleRequest, code: str) -> HttpResponse:
    """Open the first detection type of a service; a service without labels says so."""
    service = get_object_or_404(request.account.services, code=code)
    type_code = first_type_of(service)
    if type_code:
        return redirect("rules:scope", code, type_code)
    context = header_context(service, request.member, tab="scope")
    return render(request, "rules/scope_empty.html", context)


@require_GET
def scope(request: ConsoleRequest, code: str, type_code: str) -> HttpResponse:
    """Show the labels of one detection type; ?edit and ?edit=libraries show them in fields."""
    service = get_object_or_404(request.account.services, code=code)
    page = scope_page(service, type_code)
    forms: dict[str, Any] = {}
    if "edit" in request.GET:
        require_role(request, Role.POLICY_MANAGER)
        shown = service.newest_version.ruleset
        if request.GET["edit"] == "libraries":
            choices = choices_of(service)
            forms["libraries_form"] = CustomLibrariesForm(page.labels, shown, choices)
        else:
            forms["scope_form"] = ScopeForm(page.labels, shown)
    return panel(request, service, page, **forms)


@require_POST
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def save(request: ConsoleRequest, code: str, type_code: str) -> HttpResponse:
    """Save the labels of one detection type as a version; a large change is reviewed first."""
    service = get_object_or_404(request.account.services, code=code)
    page = scope_page(service, type_code)
    version = VersionForm(request.POST)
    form = ScopeForm(page.labels, version.shown_by(service).ruleset, version)
    if not form.is_valid():
        return panel(request, service, page, scope_form=form, status=422)
    if form.is_large and not version.cleaned_data["reviewed"]:
        found = differences(form.shown, form.mine, {})
        return review_response(request, service, found, form_id=SCOPE_FORM)
    try:
        saved = _save(request, service, form)
    except errors.NothingToSave:
        form.version.add_error(None, _("Nothing differs from what is saved."))
        return panel(request, service, page, scope_form=form, status=422)
    except errors.InvalidScope as invalid:
        form.version.add_error(None, _crossed_text(invalid))
        return panel(request, service, page, scope_form=form, status=422)
    except errors.StaleVersion as stale:
        return stale_response(
            request,
            service=service,
            stale=stale,
            form_id=SCOPE_FORM,
            reload_url=scope_url(service, type_code),
            mine=differences(form.shown, form.mine, {}),
        )
    return saved_panel(request, saved, type_code)


def _crossed_text(invalid: errors.InvalidScope) -> str:
    """Say why scores that are good each by itself are not: another saved one of the two."""
    return _(
        "%(label)s: with what was saved meanwhile, its medium-risk score is not below the high."
    ) % {"label": invalid.label}


def _save(request: ConsoleRequest, service: Service, form: ScopeForm) -> RulesetVersion:
    """Save what the member changed, on top of what others saved since the page was filled."""
    current = service.newest_version.ruleset
    target = merged(shown=form.shown, mine=form.mine, current=current)
    return save_scope(
        service=service,
        changes=scope_changes(current, target),
        based_on=form.version.cleaned_data["base_version"],
        author=request.member,
        comment=form.version.cleaned_data["comment"],
    )
