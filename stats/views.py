"""The overview: today in figures, the newest hits, and the first steps of a new account."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from console.requests import ConsoleRequest
from console.roles import Role, role_required
from console.services import finish_first_steps
from stats.background import background_status
from stats.first_steps import first_steps_of
from stats.today import figures_of

NEWEST_HITS = 10


@require_GET
def overview(request: ConsoleRequest) -> HttpResponse:
    """Show today's figures and the newest high-risk hits; the first steps while they last."""
    results = request.account.results.all()
    hits = results.filter(risk_level="high").newest_first()
    context = {
        "figures": figures_of(results),
        "hits": hits[:NEWEST_HITS],
        "first_steps": first_steps_of(request.member),
        "host": request.get_host(),
        "scheme": request.scheme,
        "status": None,  # htmx fetches it
    }
    return render(request, "stats/overview.html", context)


@require_GET
def background(request: ConsoleRequest) -> HttpResponse:
    """Say how the work in the background goes; the overview fetches it once it is shown."""
    context = {"status": background_status()}
    return render(request, "stats/overview.html#background-status", context)


@require_POST
@role_required(Role.ADMINISTRATOR)
def first_steps_done(request: ConsoleRequest) -> HttpResponse:
    """Show the first steps no more, and go to the results."""
    finish_first_steps(member=request.member)
    return redirect("results:result_list")
