"""Saving by which libraries and vocabularies the labels of a detection type are set."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from console.pages import not_found_once_deleted
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from rules import errors
from rules.changes import library_changes
from rules.differences import differences
from rules.forms.custom_libraries import CustomLibrariesForm
from rules.forms.version import VersionForm
from rules.links import choices_of
from rules.merging import merged
from rules.models import RulesetVersion, Service
from rules.scope_page import scope_page
from rules.services import save_custom_libraries
from rules.views.panel import LIBRARIES_FORM, panel, saved_panel, scope_url
from rules.views.stale import stale_response


@require_POST
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def save(request: ConsoleRequest, code: str, type_code: str) -> HttpResponse:
    """Save the libraries of the labels of one detection type as a version."""
    service = get_object_or_404(request.account.services, code=code)
    page = scope_page(service, type_code)
    version = VersionForm(request.POST)
    shown = version.shown_by(service).ruleset
    choices = choices_of(service)
    form = CustomLibrariesForm(page.labels, shown, choices, version)
    if not form.is_valid():
        return panel(request, service, page, libraries_form=form, status=422)
    try:
        saved = _save(request, service, form)
    except errors.StaleVersion as stale:
        return stale_response(
            request,
            service=service,
            stale=stale,
            form_id=LIBRARIES_FORM,
            reload_url=scope_url(service, type_code),
            mine=differences(form.shown, form.mine, choices.names),
        )
    except errors.ConflictingLibrary as conflict:
        form.refuse_conflicts(conflict.names)
    except errors.UnknownLibrary:
        version.add_error(None, _("A library was deleted in the meantime. Reload the page."))
    except errors.NothingToSave:
        version.add_error(None, _("Nothing differs from what is saved."))
    else:
        return saved_panel(request, saved, type_code)
    return panel(request, service, page, libraries_form=form, status=422)


def _save(request: ConsoleRequest, service: Service, form: CustomLibrariesForm) -> RulesetVersion:
    """Save what the member changed, on top of what others saved since the page was filled."""
    current = service.newest_version.ruleset
    target = merged(shown=form.shown, mine=form.mine, current=current)
    return save_custom_libraries(
        service=service,
        changes=library_changes(current, target),
        based_on=form.version.cleaned_data["base_version"],
        author=request.member,
        comment=form.version.cleaned_data["comment"],
    )
