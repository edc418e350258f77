"""The details of one detection result, and its pictures."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from console.pages import render_page
from console.pictures import picture_response
from console.requests import ConsoleRequest
from console.roles import Role
from results import answers
from results.details import Details
from results.models import DetectionResult

_ALL_INFO_TYPES = (answers.CUSTOM_IMAGE, answers.TEXT_IN_IMAGE, answers.LARGE_MODEL_TEXT)


@require_GET
def detail(request: ConsoleRequest, request_id: str) -> HttpResponse:
    """Show one result as a page, or in the drawer of the list."""
    context = details_context(request, result_of(request, request_id))
    return render_page(request, "results/detail.html", context, partial="drawer")


def details_context(request: ConsoleRequest, result: DetectionResult) -> dict[str, Any]:
    """Return what the details of a result are drawn from."""
    answer = answers.answer_of(result, _ALL_INFO_TYPES)
    return {
        "details": Details(result, edits_rules=request.member.may(Role.POLICY_MANAGER)),
        "answer": json.dumps(answer, indent=2, ensure_ascii=False),
        **feedback_context(request, result),
    }


def feedback_context(request: ConsoleRequest, result: DetectionResult) -> dict[str, Any]:
    """Return what is shown of the feedback on a result, with what the member may do."""
    return {
        "result": result,
        "may_moderate": request.member.may(Role.MODERATOR),
        "may_manage": request.member.may(Role.POLICY_MANAGER),
    }


@require_GET
def thumbnail(request: ConsoleRequest, request_id: str) -> HttpResponseBase:
    """Send the small picture for lists."""
    return picture_response(result_of(request, request_id).thumbnail, "image/webp")


@require_GET
def preview(request: ConsoleRequest, request_id: str) -> HttpResponseBase:
    """Send the picture on which evidence is drawn."""
    return picture_response(result_of(request, request_id).preview, "image/jpeg")


def result_of(request: ConsoleRequest, request_id: str) -> DetectionResult:
    """Return a result of the account, with the feedback on it."""
    results = request.account.results.select_related("feedback")
    return get_object_or_404(results.with_request_id(request_id))
