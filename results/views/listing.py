"""The list of detection results: filters, counts, pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from console.pages import render_page
from console.requests import ConsoleRequest
from console.roles import Role
from libraries.models import LibraryImage
from results import search as searching
from results.back_matches import MAX_FOUND, would_have_matched
from results.exports import CONTENT_TYPES, export
from results.forms import PAGE_SIZES, PlaceForm, ResultFilterForm
from results.label_list import known_labels
from results.models import MAX_LISTED, DetectionResult
from results.search import EMPTY_PAGE, NOTHING_FOUND, Found, ResultSearch
from results.views.details import details_context
from rules.resemblances import resemblances_of


@dataclass(frozen=True, slots=True)
class RiskSegment:
    """A risk level as a filter; is_more: there are more results of it than were counted."""

    value: str
    name: str | Promise
    count: int
    is_more: bool
    is_chosen: bool


@require_GET
def result_list(request: ConsoleRequest) -> HttpResponse:
    """List the account's results, newest first; htmx asks for the list alone."""
    form = filter_form(request)
    place = PlaceForm(request.GET)
    place.is_valid()
    context = {
        "form": form,
        "page_size": place.page_size,
        "page_sizes": PAGE_SIZES,
        "saved_searches": request.member.saved_searches.all(),
        "is_filtered": any(form.data.get(name) for name in form.fields),
        "lifetime_days": settings.RESULT_LIFETIME_DAYS,
        "max_listed": MAX_LISTED,
        "test_url": "/test/" if request.member.may(Role.MODERATOR) else "",
        "may_moderate": request.member.may(Role.MODERATOR),
        **_found(request, form, place),
        **_opened(request, place.cleaned_data.get("open", "")),
    }
    return render_page(request, "results/result_list.html", context, partial="results")


def filter_form(request: ConsoleRequest) -> ResultFilterForm:
    """Return the filters of the address."""
    codes = request.account.services.order_by("code").values_list("code", flat=True)
    return ResultFilterForm(request.GET, service_codes=list(codes))


def _found(request: ConsoleRequest, form: ResultFilterForm, place: PlaceForm) -> dict[str, Any]:
    if not form.is_valid():
        nothing = NOTHING_FOUND
        segments = _segments(nothing, nothing, frozenset())
        return {"page": EMPTY_PAGE, "found": nothing, "all_risks": nothing, "risks": segments}
    search = asked_for(request, form)
    found = searching.count(request.account, search)
    of_all_risks = found
    if search.risk_levels:
        any_risk = replace(search, risk_levels=frozenset())
        of_all_risks = searching.count(request.account, any_risk)
    page = searching.page(
        request.account,
        search,
        found,
        size=place.page_size,
        before=place.cleaned_data.get("before"),
        after=place.cleaned_data.get("after"),
    )
    segments = _segments(of_all_risks, found, search.risk_levels)
    return {"page": page, "found": found, "all_risks": of_all_risks, "risks": segments}


def asked_for(request: ConsoleRequest, form: ResultFilterForm) -> ResultSearch:
    """Return what a valid form asks for, with the results that a library image would have hit."""
    search = form.search()
    if image_id := form.cleaned_data["would_hit"]:
        hits = would_have_matched(_library_image(request, image_id))
        search = replace(search, result_ids=frozenset(hits))
    return search


def _segments(everything: Found, chosen: Found, risk_levels: frozenset[str]) -> list[RiskSegment]:
    """Count each risk among the newest results; the chosen ones are known better."""
    return [
        RiskSegment(
            value,
            name,
            chosen.by_risk.get(value, 0)
            if value in risk_levels
            else everything.by_risk.get(value, 0),
            chosen.is_more if value in risk_levels else everything.is_more,
            value in risk_levels,
        )
        for value, name in DetectionResult.Risk.choices
    ]


def _opened(request: ConsoleRequest, request_id: str) -> dict[str, Any]:
    if not request_id:
        return {"details": None}
    results = request.account.results.select_related("feedback")
    result = results.with_request_id(request_id).first()
    return details_context(request, result) if result else {"details": None}


@require_GET
def result_export(request: ConsoleRequest, file_format: str) -> HttpResponseBase:
    """Send what the filters of the address find, or the selected results, as a file."""
    form = filter_form(request)
    if not form.is_valid():
        return redirect(f"{reverse('results:result_list')}?{request.GET.urlencode()}")
    search = asked_for(request, form)
    if request_ids := request.GET.getlist("result"):
        ids = request.account.results.with_request_ids(request_ids[: max(PAGE_SIZES)])
        search = replace(search, result_ids=frozenset(ids.values_list("pk", flat=True)))
    day = date_format(timezone.localtime(), "Y-m-d")
    return StreamingHttpResponse(
        export(request.account, search, file_format),
        content_type=CONTENT_TYPES[file_format],
        headers={
            "Content-Disposition": f'attachment; filename="detection-results-{day}.{file_format}"'
        },
    )


@require_GET
@cache_control(private=True, max_age=3600)
def label_options(request: ConsoleRequest) -> HttpResponse:
    """Suggest all labels that can be returned."""
    return render(request, "results/_label_options.html", {"labels": known_labels()})


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
