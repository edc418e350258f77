"""A tab of switches, one for each library of the account: shown, edited, saved as a version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from console.models import Account
from console.pages import render_page
from console.requests import ConsoleRequest
from console.roles import Role, require_role
from moderation.ruleset import Ruleset
from rules import errors
from rules.differences import differences, merged_names
from rules.forms.switches import SwitchesForm
from rules.forms.version import VersionForm
from rules.freezing import library_names
from rules.header import header_context
from rules.merging import merged
from rules.models import RulesetVersion, Service
from rules.switches import LibrarySwitch
from rules.views.saved import saved_response
from rules.views.stale import stale_response

FORM_ID = "switches-form"


class Save(Protocol):
    """What saves the tab; ids are those that are switched on."""

    def __call__(self, ids: frozenset[int], **values: Any) -> RulesetVersion: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchesTab:
    """In what one tab of switches is not like the other.

    code: of the tab in the header. field: of a ruleset, the ids of what is switched on.
    """

    code: str
    url_name: str
    template: str
    field: str
    libraries: Callable[[Account], QuerySet[Any]]
    switches: Callable[[Service, frozenset[int], frozenset[int]], list[LibrarySwitch]]
    save: Save

    def url(self, service: Service) -> str:
        """Return the address of the tab."""
        return reverse(self.url_name, args=[service.code])

    def ids(self, ruleset: Ruleset) -> frozenset[int]:
        """Return what a ruleset has switched on."""
        ids: frozenset[int] = getattr(ruleset, self.field)
        return ids


def show(request: ConsoleRequest, code: str, tab: SwitchesTab) -> HttpResponse:
    """Show what is on and what is off; ?edit shows switches to those who may change them."""
    service = get_object_or_404(request.account.services, code=code)
    if "edit" not in request.GET:
        return _panel(request, service, tab)
    require_role(request, Role.POLICY_MANAGER)
    form = SwitchesForm(tab.libraries(request.account), VersionForm.of(service.version))
    return _panel(request, service, tab, form, service.newest_version)


def save(request: ConsoleRequest, code: str, tab: SwitchesTab) -> HttpResponse:
    """Save what the member switched, on top of what others saved since the page was filled."""
    service = get_object_or_404(request.account.services, code=code)
    version = VersionForm(request.POST)
    shown = version.shown_by(service)
    form = SwitchesForm(tab.libraries(request.account), version)
    if not form.is_valid():
        return _panel(request, service, tab, form, shown, status=422)
    switched: dict[str, Any] = {tab.field: form.on_ids}
    mine = replace(shown.ruleset, **switched)
    try:
        saved = _save(request, service, tab, form, shown.ruleset, mine)
    except errors.StaleVersion as stale:
        return _stale(request, service, tab, stale, shown, mine)
    except errors.ConflictingLibrary as conflict:
        form.refused_names = conflict.names
    except errors.UnknownLibrary:
        version.add_error(None, _("A library was deleted in the meantime. Reload the page."))
    except errors.NothingToSave:
        version.add_error(None, _("Nothing differs from what is saved."))
    else:
        return _saved(request, saved, tab)
    return _panel(request, service, tab, form, shown, status=422)


def _save(
    request: ConsoleRequest,
    service: Service,
    tab: SwitchesTab,
    form: SwitchesForm,
    shown: Ruleset,
    mine: Ruleset,
) -> RulesetVersion:
    target = merged(shown=shown, mine=mine, current=service.newest_version.ruleset)
    return tab.save(
        tab.ids(target),
        service=service,
        based_on=form.version.cleaned_data["base_version"],
        author=request.member,
        comment=form.version.cleaned_data["comment"],
    )


def _stale(
    request: ConsoleRequest,
    service: Service,
    tab: SwitchesTab,
    stale: errors.StaleVersion,
    shown: RulesetVersion,
    mine: Ruleset,
) -> HttpResponse:
    names = merged_names(shown.names, library_names(service, mine))
    return stale_response(
        request,
        service=service,
        stale=stale,
        form_id=FORM_ID,
        reload_url=tab.url(service),
        mine=differences(shown.ruleset, mine, names),
    )


def _saved(request: ConsoleRequest, version: RulesetVersion, tab: SwitchesTab) -> HttpResponse:
    """Show the tab as it was saved, with the new version in the header."""
    service = request.account.services.get(pk=version.service_id)
    if not request.htmx:
        return saved_response(request, redirect(tab.url(service)), version)
    response = render(request, f"{tab.template}#saved", _context(request, service, tab))
    response["HX-Push-Url"] = tab.url(service)
    return saved_response(request, response, version)


def _panel(
    request: ConsoleRequest,
    service: Service,
    tab: SwitchesTab,
    form: SwitchesForm | None = None,
    shown: RulesetVersion | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = _context(request, service, tab, form, shown)
    return render_page(request, tab.template, context, partial="switches-panel", status=status)


def _context(
    request: ConsoleRequest,
    service: Service,
    tab: SwitchesTab,
    form: SwitchesForm | None = None,
    shown: RulesetVersion | None = None,
) -> dict[str, Any]:
    was_on = tab.ids((shown or service.newest_version).ruleset)
    on = form.on_ids if form and form.is_bound else was_on
    return {
        **header_context(service, request.member, tab=tab.code),
        "form": form,
        "switches": tab.switches(service, on, was_on),
        "view_url": tab.url(service),
        "save_url": f"{tab.url(service)}save/",
    }
