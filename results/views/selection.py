"""What is done with several results that were selected in the list."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpResponse
from django.http.request import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from console.pages import go_to, render_dialog
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from libraries.errors import LibraryError
from results import remedies
from results.errors import FeedbackError
from results.feedback import give_feedback_of_each
from results.models import DetectionResult, Feedback
from results.remedy_forms import LibraryForm

MAX_SELECTED = 100  # as many as a page shows


@require_POST
@role_required(Role.MODERATOR)
def feedback(request: ConsoleRequest) -> HttpResponse:
    """Say of each selected result that it is a false positive."""
    given = give_feedback_of_each(
        results=_selected(request, request.POST),
        kind=Feedback.Kind.FALSE_POSITIVE,
        author=request.member,
    )
    text = ngettext(
        "%(count)s result marked as a false positive.",
        "%(count)s results marked as false positives.",
        len(given),
    ) % {"count": len(given)}
    if not request.htmx:
        messages.success(request, text)
        return redirect("results:result_list")
    context = {"results": [one.result for one in given], "may_moderate": True}
    response = render(request, "results/_rows_feedback.html", context)
    trigger = {"toast": {"kind": "success", "text": text}}
    response["HX-Trigger"] = json.dumps(trigger | {f"feedback-{one}": "" for one in _open(request)})
    return response


def _open(request: ConsoleRequest) -> list[str]:
    """Return the request id of the result whose details are open beside the list."""
    query = (request.htmx.current_url or "").partition("?")[2]
    return QueryDict(query).getlist("open")[:1]


@require_http_methods(["GET", "POST"])
@role_required(Role.MODERATOR)
def add_to_library(request: ConsoleRequest) -> HttpResponse:
    """Ask for a library, and import the pictures of the selected results into it."""
    results = _selected(request, request.POST if request.method == "POST" else request.GET)
    form = LibraryForm(request.POST or None, account=request.account)
    template, context = "results/add_selected.html", {"form": form, "results": results}
    if request.method == "GET" or not form.is_valid():
        return render_dialog(request, template, context)
    try:
        job = remedies.import_into_library(
            results=results, library=form.chosen, author=request.member
        )
    except (LibraryError, FeedbackError) as error:
        form.add_error("library", str(error))
        return render_dialog(request, template, context)
    return go_to(request, reverse("libraries:import_detail", args=[job.pk]))


def _selected(request: ConsoleRequest, data: QueryDict) -> list[DetectionResult]:
    ids = data.getlist("result")[:MAX_SELECTED]
    return list(request.account.results.with_request_ids(ids).newest_first())
