"""Feedback on one result: said, changed, withdrawn, resolved."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from console.pages import render_dialog
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from results import feedback as services
from results.feedback_forms import FeedbackForm, ResolutionForm
from results.matches import service_of
from results.models import DetectionResult, Feedback
from results.views.details import feedback_context, result_of


@require_http_methods(["GET", "POST"])
@role_required(Role.MODERATOR)
def feedback(request: ConsoleRequest, request_id: str) -> HttpResponse:
    """Ask what is wrong with a result, and keep it; htmx may ask for what is shown of it."""
    result = result_of(request, request_id)
    if request.method == "GET":
        return _shown(request, result)
    form = FeedbackForm(request.POST, result=result, service=service_of(result))
    if not form.is_valid():
        return _dialog(request, result, form)
    kind = Feedback.Kind(form.cleaned_data["kind"])
    try:
        services.give_feedback(
            result=result,
            kind=kind,
            author=request.member,
            labels=form.labels,
            note=form.cleaned_data["note"],
        )
    except DetectionResult.DoesNotExist as error:  # deleted this very moment
        raise Http404 from error
    return said(request, result, _given(kind))


def _given(kind: Feedback.Kind) -> str:
    if kind == Feedback.Kind.FALSE_POSITIVE:
        return _("Marked as a false positive.")
    return _("Marked as a missed violation.")


def _shown(request: ConsoleRequest, result: DetectionResult) -> HttpResponse:
    """Show the line of a list's row, the part of the details, or the form in a dialog."""
    context = feedback_context(request, result)
    if request.htmx and request.GET.get("part") == "row":
        return render(request, "results/_row_feedback.html", context)
    if request.htmx and request.htmx.target == "feedback":
        return render(request, "results/_feedback.html", context)
    form = FeedbackForm.about(result, service_of(result), request.GET.get("kind", ""))
    return _dialog(request, result, form)


def _dialog(request: ConsoleRequest, result: DetectionResult, form: FeedbackForm) -> HttpResponse:
    context = {"form": form, "result": result}
    response = render_dialog(request, "results/feedback.html", context)
    response["HX-Retarget"] = "#modal"  # also if a button that has no dialog was refused
    response["HX-Reswap"] = "innerHTML"
    return response


@require_POST
@role_required(Role.MODERATOR)
def withdraw(request: ConsoleRequest, request_id: str) -> HttpResponse:
    """Take back what was said of a result."""
    result = result_of(request, request_id)
    if result.said:
        services.withdraw_feedback(feedback=result.said, author=request.member)
    return said(request, result, _("Feedback withdrawn."))


@require_POST
@role_required(Role.POLICY_MANAGER)
def resolve(request: ConsoleRequest, request_id: str) -> HttpResponse:
    """Say what came of feedback, or that it is open again."""
    given = get_object_or_404(request.account.feedback, result__request_id=request_id)
    form = ResolutionForm(request.POST)
    if not form.is_valid():
        return said(request, given.result, _("Choose what came of it."), kind="error", status=422)
    state = Feedback.State(form.cleaned_data["state"])
    try:
        services.resolve_feedback(feedback=given, state=state, author=request.member)
    except Feedback.DoesNotExist as error:
        raise Http404 from error
    if state == Feedback.State.OPEN:
        return said(request, given.result, _("The feedback is open again."))
    return said(request, given.result, _("Resolved: %(state)s.") % {"state": state.label})


def said(
    request: ConsoleRequest,
    result: DetectionResult,
    text: str,
    *,
    kind: str = "success",
    status: int = 204,
) -> HttpResponse:
    """Tell the person, and all that shows the feedback, that it has changed."""
    if not request.htmx:
        messages.add_message(request, messages.ERROR if kind == "error" else messages.SUCCESS, text)
        return redirect("results:detail", result.request_id)
    trigger = {
        "toast": {"kind": kind, "text": text},
        f"feedback-{result.request_id}": "",
        "feedback-changed": result.request_id,
    }
    if kind == "success":
        trigger["close-modal"] = ""
    return HttpResponse(status=status, headers={"HX-Trigger": json.dumps(trigger)})
