"""Detection results: the list, the details of one, and its pictures."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import Http404
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from console.pages import render_page
from console.pictures import picture_response
from console.requests import ConsoleRequest
from console.roles import Role
from libraries.models import LibraryImage
from results import answers
from results import search as searching
from results.back_matches import MAX_FOUND, would_have_matched
from results.details import Details
from results.forms import PlaceForm, ResultFilterForm
from results.models import MAX_LISTED, DetectionResult
from results.search import EMPTY_PAGE, ResultPage
from rules.resemblances import resemblances_of

PAGE_SIZE = 50
_ALL_INFO_TYPES = (answers.CUSTOM_IMAGE, answers.TEXT_IN_IMAGE, answers.LARGE_MODEL_TEXT)


@require_GET
def result_list(request: ConsoleRequest) -> HttpResponse:
    """List the account's results, newest first; htmx asks for the list alone."""
    form = ResultFilterForm(request.GET)
    place = PlaceForm(request.GET)
    place.is_valid()
    page = _page(request, form, place) if form.is_valid() else EMPTY_PAGE
    context = {
        "form": form,
        "page": page,
        "is_filtered": any(form.data.get(name) for name in form.fields),
        "lifetime_days": settings.RESULT_LIFETIME_DAYS,
        "max_listed": MAX_LISTED,
        "test_url": "/test/" if request.member.may(Role.MODERATOR) else "",
        **_opened(request, place.cleaned_data.get("open", "")),
    }
    return render_page(request, "results/result_list.html", context, partial="results")


def _page(request: ConsoleRequest, form: ResultFilterForm, place: PlaceForm) -> ResultPage:
    search = form.search()
    if image_id := form.cleaned_data["would_hit"]:
        hits = would_have_matched(_library_image(request, image_id))
        search = replace(search, result_ids=frozenset(hits))
    counted = searching.count(request.account, search)
    return searching.page(
        request.account,
        search,
        counted,
        size=PAGE_SIZE,
        before=place.cleaned_data.get("before"),
        after=place.cleaned_data.get("after"),
    )


def _opened(request: ConsoleRequest, request_id: str) -> dict[str, Any]:
    if not request_id:
        return {"details": None}
    result = request.account.results.with_request_id(request_id).first()
    return _details_context(result) if result else {"details": None}


@require_GET
def would_hit(request: ConsoleRequest, image_id: int) -> HttpResponse:
    """Say which results a library image would have hit, and what it gets in the way of."""
    image = _library_image(request, image_id)
    context = {
        "image": image,
        "count": len(would_have_matched(image)),
        "max_found": MAX_FOUND,
        "resemblances": resemblances_of(image),
        "lifetime_days": settings.RESULT_LIFETIME_DAYS,
    }
    return render(request, "results/_would_hit.html", context)


def _library_image(request: ConsoleRequest, image_id: int) -> LibraryImage:
    images = request.account.library_images.select_related("library__account")
    image = get_object_or_404(images, pk=image_id)
    if image.is_outdated:
        raise Http404
    return image


@require_GET
def detail(request: ConsoleRequest, request_id: str) -> HttpResponse:
    """Show one result as a page, or in the drawer of the list."""
    context = _details_context(_result(request, request_id))
    return render_page(request, "results/detail.html", context, partial="drawer")


def _details_context(result: DetectionResult) -> dict[str, Any]:
    answer = answers.answer_of(result, _ALL_INFO_TYPES)
    return {
        "details": Details(result),
        "answer": json.dumps(answer, indent=2, ensure_ascii=False),
    }


@require_GET
def thumbnail(request: ConsoleRequest, request_id: str) -> HttpResponseBase:
    """Send the small picture for lists."""
    return picture_response(_result(request, request_id).thumbnail, "image/webp")


@require_GET
def preview(request: ConsoleRequest, request_id: str) -> HttpResponseBase:
    """Send the picture on which evidence is drawn."""
    return picture_response(_result(request, request_id).preview, "image/jpeg")


def _result(request: ConsoleRequest, request_id: str) -> DetectionResult:
    return get_object_or_404(request.account.results.with_request_id(request_id))
