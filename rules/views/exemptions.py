"""The exemptions of a service: image libraries whose matches return nonLabel_lib."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_POST

from console.pages import not_found_once_deleted
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from rules.models import RulesetVersion
from rules.services import save_exemptions
from rules.switches import exemption_switches
from rules.views import switches


def _save(ids: frozenset[int], **values: Any) -> RulesetVersion:
    return save_exemptions(library_ids=ids, **values)


TAB = switches.SwitchesTab(
    code="exemptions",
    url_name="rules:exemptions",
    template="rules/exemptions.html",
    field="exempt_library_ids",
    libraries=lambda account: account.image_libraries.staying(),
    switches=exemption_switches,
    save=_save,
)


@require_GET
def exemptions(request: ConsoleRequest, code: str) -> HttpResponse:
    """Show all image libraries and which are exempt; ?edit shows switches."""
    return switches.show(request, code, TAB)


@require_POST
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def save(request: ConsoleRequest, code: str) -> HttpResponse:
    """Save which image libraries are exempt as a version."""
    return switches.save(request, code, TAB)
