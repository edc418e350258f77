"""The overview, the usage statistics, and figures for the rules pages."""

from __future__ import annotations

from dataclasses import replace

from csp.decorators import csp_update
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from console.pages import render_page
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from console.services import finish_first_steps
from moderation.catalogue import load_catalogue
from stats.background import background_status
from stats.exports import XLSX, usage_workbook
from stats.first_steps import first_steps_of
from stats.forms import UsageForm
from stats.health import parts, processes
from stats.today import today_of
from stats.usage import date_text
from stats.usage_page import results_query, shares_of_labels, usage_page
from stats.week import calls_of_week, hits_of_week

NEWEST_HITS = 10


@require_GET
def overview(request: ConsoleRequest) -> HttpResponse:
    """Show today's figures and the newest high-risk hits; the first steps while they last."""
    results = request.account.results.all()
    hits = results.filter(risk_level="high").newest_first()
    context = {
        "today": today_of(request.account),
        "today_query": f"since={timezone.localdate().isoformat()}",
        "may_resolve": request.member.may(Role.POLICY_MANAGER),
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


@never_cache
@require_GET
@role_required(Role.ADMINISTRATOR)
def health(request: ConsoleRequest) -> HttpResponse:
    """Measure the parts of the installation, and show the processes that judge pictures."""
    rows = processes()
    return render(request, "stats/health.html", {"parts": parts(rows), "processes": rows})


@require_POST
@role_required(Role.ADMINISTRATOR)
def first_steps_done(request: ConsoleRequest) -> HttpResponse:
    """Show the first steps no more, and go to the results."""
    finish_first_steps(member=request.member)
    return redirect("results:result_list")


@require_GET
def week_calls(request: ConsoleRequest) -> HttpResponse:
    """Count a week's calls of the services that the list shows; it fetches them once shown."""
    wanted = request.GET.get("q", "")
    services = [one for one in request.account.services.by_code() if one.is_named_like(wanted)]
    context = {"weeks": calls_of_week(request.account, services)}
    return render(request, "stats/_week_calls.html", context)


@require_GET
def week_hits(request: ConsoleRequest, code: str, type_code: str) -> HttpResponse:
    """Count a week's hits of a service's labels; its detection scope fetches them once shown."""
    service = get_object_or_404(request.account.services, code=code)
    labels = load_catalogue().labels
    rules = [
        rule for rule in service.label_rules.all() if labels[rule.label].detection_type == type_code
    ]
    return render(request, "stats/_week_hits.html", {"weeks": hits_of_week(service, rules)})


@csp_update({"style-src": ["'unsafe-inline'"]})  # type: ignore[arg-type]  # Plotly writes a <style>
@require_GET
def usage(request: ConsoleRequest) -> HttpResponse:
    """Show calls and hits by day or month; htmx asks for the statistics alone."""
    today = timezone.localdate()
    form = UsageForm(request.GET, account=request.account, today=today)
    is_valid = form.is_valid()
    context = {
        "form": form,
        "usage": usage_page(form.query, today) if is_valid else None,
        "results_query": results_query(form.query, today) if is_valid else "",
    }
    return render_page(request, "stats/usage.html", context, partial="usage")


@require_GET
def usage_labels(request: ConsoleRequest) -> HttpResponse:
    """Show how often each label was returned, ranked or as rows; the page asks once unfolded."""
    today = timezone.localdate()
    form = UsageForm(request.GET, account=request.account, today=today)
    if not form.is_valid():
        raise Http404
    query = form.query
    context = {
        "shares": shares_of_labels(query),
        "service": form.cleaned_data["service"],
        "results_query": results_query(replace(query, services=()), today),
    }
    name = "table" if request.GET.get("view") == "table" else "rank"
    return render(request, f"stats/_label_{name}.html", context)


@require_GET
def usage_export(request: ConsoleRequest) -> HttpResponse:
    """Send what the page shows as an Excel workbook; a span that it refuses is refused."""
    form = UsageForm(request.GET, account=request.account, today=timezone.localdate())
    if not form.is_valid():
        text = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")
    query = form.query
    response = HttpResponse(usage_workbook(query), content_type=XLSX)
    name = f"usage-{date_text(query, query.first)}-{date_text(query, query.last)}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
