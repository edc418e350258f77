"""The overview: today in figures, the newest hits, and the first steps of a new account."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from console.requests import ConsoleRequest
from stats import today


@require_GET
def overview(request: ConsoleRequest) -> HttpResponse:
    """Show today's figures and the newest high-risk hits, or the first steps."""
    results = request.account.results.all()
    context = {
        "figures": today.figures_of(results),
        "high_risk": results.filter(risk_level="high").newest_first()[: today.NEWEST_HITS],
        "has_key": request.account.access_keys.exists(),
        "has_call": results.filter(source="api").exists(),
        "has_test": results.filter(source="test").exists(),
        "origin": f"{request.scheme}://{request.get_host()}",
    }
    return render(request, "stats/overview.html", context)
