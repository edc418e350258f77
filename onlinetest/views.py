"""Online test: start a run, watch it, upload its images, try one again."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.pages import not_found_once_deleted, render_page
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from onlinetest import services
from onlinetest.forms import TestForm, UploadForm
from onlinetest.models import TestItem, TestRun
from onlinetest.progress import cards_of, progress_of
from rules.coverage import local_registry, reach_of

PAGE = "onlinetest/test.html"
RECENT_RUNS = 6
STOP_POLLING = 286
_SHOWN = re.compile(r"([1-9][0-9]{0,17}):(\w+)")


@require_http_methods(["GET", "POST"])
@role_required(Role.MODERATOR)
def test_page(request: ConsoleRequest) -> HttpResponse:
    """Show the form, or start a run."""
    if request.method == "GET":
        return render(request, PAGE, _page_context(request, _form(request), run=None))
    files = request.FILES.getlist("images")  # sent at once only by browsers without JavaScript
    form = _posted_form(request, len(files))
    if not form.is_valid():
        return _refused(request, form)
    run = services.start_run(author=request.member, **form.cleaned_data)
    for position, file in enumerate(files, start=len(form.cleaned_data["urls"])):
        services.add_upload(run=run, position=position, file=file)
    url = reverse("onlinetest:run_page", args=[run.pk])
    if not request.htmx:
        return redirect(url)
    response = render_page(request, PAGE, _run_context(run), partial="run")
    response["HX-Push-Url"] = url
    return response


def _form(request: ConsoleRequest, run: TestRun | None = None) -> TestForm:
    """Return the form as it was filled for the run, or with the service of the query string."""
    initial: dict[str, Any] = {"service": request.GET.get("service", "baselineCheck_global")}
    if run is not None:
        initial = {
            "service": run.service.code,
            "data_id": run.data_id,
            "info_types": run.info_types,
        }
    return TestForm(account=request.account, initial=initial)


def _posted_form(request: ConsoleRequest, file_count: int) -> TestForm:
    data = request.POST.copy()
    if file_count:
        data["upload_count"] = str(file_count)
    return TestForm(data, account=request.account)


def _refused(request: ConsoleRequest, form: TestForm) -> HttpResponse:
    context = _page_context(request, form, run=None)
    if not request.htmx:
        return render(request, PAGE, context, status=422)
    response = render(request, f"{PAGE}#test-form", context, status=422)
    response["HX-Retarget"], response["HX-Reswap"] = "#test-form", "outerHTML"
    return response


def _page_context(request: ConsoleRequest, form: TestForm, run: TestRun | None) -> dict[str, Any]:
    runs = request.account.test_runs.select_related("service", "member__user")
    registry = local_registry()
    return {
        "form": form,
        "service_hints": [reach_of(one, registry) for one in request.account.services.by_code()],
        "large_model_connected": bool(settings.VLM_BASE_URL and settings.VLM_MODEL),
        "max_images": settings.ONLINE_TEST_MAX_IMAGES,
        "max_upload_bytes": services.MAX_UPLOAD_BYTES,
        "recent_runs": runs.annotate(item_count=Count("items"))[:RECENT_RUNS],
        "run": run,
    }


def _run_context(run: TestRun) -> dict[str, Any]:
    items = run.items.select_related("result")
    return {
        "run": run,
        "progress": progress_of(run),
        "cards": cards_of(run, items),
        "next_position": len(items),
    }


@require_GET
@role_required(Role.MODERATOR)
def run_page(request: ConsoleRequest, run_id: uuid.UUID) -> HttpResponse:
    """Show a run; the progress asks again each second, with the states that it shows."""
    run = _run(request, run_id)
    if request.htmx.target == "progress":
        return _changes(request, run)
    context = _page_context(request, _form(request, run), run) | _run_context(run)
    return render(request, PAGE, context)


def _changes(request: ConsoleRequest, run: TestRun) -> HttpResponse:
    """Answer the figures, and the cards whose state is no longer what the page shows."""
    shown = {
        match[1]: match[2]
        for value in request.GET.getlist("waiting")
        if (match := _SHOWN.fullmatch(value))
    }
    progress = progress_of(run)
    items = run.items.filter(pk__in=[int(pk) for pk in shown]).select_related("result")
    changed = [item for item in items if item.state != shown[str(item.pk)]]
    context = {"run": run, "progress": progress, "cards": cards_of(run, changed)}
    is_over = not progress.unfinished_count and len(changed) == len(items)
    status = STOP_POLLING if is_over else 200
    return render(request, f"{PAGE}#changes", context, status=status)


@require_POST
@role_required(Role.MODERATOR)
@not_found_once_deleted
def add_item(request: ConsoleRequest, run_id: uuid.UUID) -> HttpResponse:
    """Take one uploaded image into a run."""
    run = _run(request, run_id)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        errors = [str(error) for messages in form.errors.values() for error in messages]
        return HttpResponse(" ".join(errors), status=400, content_type="text/plain")
    file: UploadedFile[bytes] = form.cleaned_data["image"]
    item = services.add_upload(
        run=run,
        position=form.cleaned_data["position"],
        file=file,
        unsent_bytes=form.cleaned_data["unsent_bytes"] or 0,
    )
    return _one_card(request, run, item.pk)


@require_POST
@role_required(Role.MODERATOR)
@not_found_once_deleted
def retry_item(request: ConsoleRequest, run_id: uuid.UUID, item_id: int) -> HttpResponse:
    """Moderate a failed image once more."""
    run = _run(request, run_id)
    item = get_object_or_404(run.items, pk=item_id)
    if item.can_retry:
        services.retry(item=item)
    if not request.htmx:
        return redirect("onlinetest:run_page", run.pk)
    return _one_card(request, run, item.pk)


def _one_card(request: ConsoleRequest, run: TestRun, item_id: int) -> HttpResponse:
    item: TestItem = run.items.select_related("result").get(pk=item_id)
    context = {"run": run, "progress": progress_of(run), "cards": cards_of(run, [item])}
    return render(request, f"{PAGE}#card", context)


def _run(request: ConsoleRequest, run_id: uuid.UUID) -> TestRun:
    return get_object_or_404(request.account.test_runs.select_related("service"), pk=run_id)
