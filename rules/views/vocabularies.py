"""The ignored vocabularies of a service: keywords taken out of a text before it is checked."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_POST

from console.pages import not_found_once_deleted
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from rules.models import RulesetVersion
from rules.services import save_ignored_vocabularies
from rules.switches import ignored_vocabulary_switches
from rules.views import switches


def _save(ids: frozenset[int], **values: Any) -> RulesetVersion:
    return save_ignored_vocabularies(vocabulary_ids=ids, **values)


TAB = switches.SwitchesTab(
    code="vocabularies",
    url_name="rules:ignored_vocabularies",
    template="rules/ignored_vocabularies.html",
    field="ignored_vocabulary_ids",
    libraries=lambda account: account.vocabularies.all(),
    switches=ignored_vocabulary_switches,
    save=_save,
)


@require_GET
def ignored_vocabularies(request: ConsoleRequest, code: str) -> HttpResponse:
    """Show all vocabularies and which are ignored; ?edit shows switches."""
    return switches.show(request, code, TAB)


@require_POST
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def save(request: ConsoleRequest, code: str) -> HttpResponse:
    """Save which vocabularies are ignored as a version."""
    return switches.save(request, code, TAB)
