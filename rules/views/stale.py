"""The answer to a save that somebody was faster than, for every tab and for restoring."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from console.requests import ConsoleRequest
from rules.differences import Difference, Differences, between
from rules.errors import StaleVersion
from rules.header import header_context
from rules.models import Service

PAGE = "rules/stale.html"
MAX_NAMED_SAVES = 5
_NEVER_REPEATED = ("base_version", "csrfmiddlewaretoken")


def stale_response(
    request: ConsoleRequest,
    *,
    service: Service,
    stale: StaleVersion,
    form_id: str,
    reload_url: str,
    mine: Differences | None = None,
) -> HttpResponse:
    """Show who saved in between and what that changed; offer to drop or to repeat what was sent.

    form_id: the form on the page that htmx has sent; empty if that was a dialog's, which this
    answer replaces.
    mine: what the member changed, so that the dialog can name what both did.
    """
    service.refresh_from_db(fields=["version"])
    context = header_context(service, request.member, tab="") | {
        "stale": stale,
        "form_id": form_id if request.htmx else "",
        "panel_id": request.htmx.target if request.htmx and form_id else "",
        "reload_url": reload_url,
        "sent": sent_again(request.POST, base_version=stale.current),
        **_saves(service, stale, mine),
    }
    template = f"{PAGE}#modal" if request.htmx else PAGE
    response = render(request, template, context, status=409)
    response["HX-Retarget"] = "#modal"
    response["HX-Reswap"] = "innerHTML"
    response["HX-Push-Url"] = "false"
    return response


def _saves(service: Service, stale: StaleVersion, mine: Differences | None) -> dict[str, Any]:
    versions = service.versions.select_related("author__user")
    saves = versions.filter(number__gt=stale.based_on, number__lte=stale.current)
    before = versions.filter(number=stale.based_on).first()
    found = between(before, versions.get(number=stale.current)) if before else None
    named = list(saves.order_by("-number")[:MAX_NAMED_SAVES])
    return {
        "saves": named,
        "unnamed_count": max(0, stale.current - stale.based_on - len(named)),
        "differences": found,
        "changed_by_both": changed_by_both(found, mine) if found and mine else [],
    }


def changed_by_both(theirs: Differences, mine: Differences) -> list[Difference]:
    """Return those of their differences whose value I changed too, but to something else."""
    wanted = {(one.name, one.aspect): one.after for one in mine}
    return [
        one
        for one in theirs
        if (one.name, one.aspect) in wanted and wanted[one.name, one.aspect] != one.after
    ]


def sent_again(sent: QueryDict, *, base_version: int) -> list[tuple[str, str]]:
    """Return the fields of a form to send once more, based on another version."""
    fields = [
        (name, str(value))
        for name, values in sent.lists()
        if name not in _NEVER_REPEATED
        for value in values
    ]
    return [*fields, ("base_version", str(base_version))]
