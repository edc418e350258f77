"""Imports: start one, send its files, watch it, read its report; and the export of a library."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.pages import render_page
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from libraries import errors
from libraries.forms.imports import (
    AnnouncementForm,
    PartForm,
    PicturesForm,
    ReportFilterForm,
    UrlsForm,
    kind_of,
)
from libraries.import_files import PART_BYTES
from libraries.import_progress import cards_of, exported_lines, report_lines, reported
from libraries.models import ImageLibrary, ImportJob, ImportRow
from libraries.samples import MAX_SAMPLE_BYTES
from libraries.services import imports as services

SHOWN_JOBS = 10
ROWS_PER_PAGE = 100
ACCEPTED = 202

Kind = ImportJob.Kind


@require_http_methods(["GET", "POST"])
@role_required(Role.MODERATOR)
def import_page(request: ConsoleRequest, library_id: int) -> HttpResponse:
    """Show what can be imported and the imports so far; take files if no script sends them."""
    library = _library(request, library_id)
    problem = ""
    if request.method == "POST":
        problem = _take_files(request, library)
        if not problem:
            return redirect("libraries:import_page", library_id)
    context = _page_context(library, UrlsForm()) | {"problem": problem}
    return render(request, "libraries/import_page.html", context, status=422 if problem else 200)


def _page_context(library: ImageLibrary, form: UrlsForm) -> dict[str, Any]:
    jobs = library.import_jobs.newest_first()[:SHOWN_JOBS]
    return {
        "library": library,
        "form": form,
        "cards": cards_of(list(jobs)),
        "max_mb": settings.IMPORT_MAX_MB,
        "part_bytes": PART_BYTES,
        "max_picture_bytes": MAX_SAMPLE_BYTES,
    }


def _take_files(request: ConsoleRequest, library: ImageLibrary) -> str:
    """Import files that a plain form sent; return what is wrong, if anything."""
    files: list[UploadedFile[bytes]] = request.FILES.getlist("file")
    kinds = {kind_of(file.name or "") for file in files}
    whole_kinds = {Kind.ZIP} if Kind.FILES in kinds else kinds  # a text beside pictures is no list
    whole = [file for file in files if kind_of(file.name or "") in whole_kinds]
    pictures = [file for file in files if file not in whole]
    if not files:
        return str(AnnouncementForm({"kind": Kind.ZIP}).non_field_errors()[0])
    try:
        for file in whole:
            name = file.name or ""
            services.import_content(
                library=library,
                author=request.member,
                kind=kind_of(name),
                name=name,
                content=file.read(),
            )
        if pictures:
            services.import_pictures(library=library, author=request.member, files=pictures)
    except errors.TooManyImports as error:
        return str(error)
    return ""


@require_POST
@role_required(Role.MODERATOR)
def import_start(request: ConsoleRequest, library_id: int) -> HttpResponse:
    """Start an import whose files a script is going to send; answer with its card."""
    library = _library(request, library_id)
    form = AnnouncementForm(request.POST)
    if not form.is_valid():
        return _plain(
            " ".join(str(error) for found in form.errors.values() for error in found), 422
        )
    try:
        job = services.start_import(library=library, author=request.member, **form.cleaned_data)
    except errors.TooManyImports as error:
        return _plain(str(error), 422)
    response = _card(request, job, status=ACCEPTED)
    response["Location"] = _address(job)
    return response


@require_POST
@role_required(Role.MODERATOR)
def import_urls(request: ConsoleRequest, library_id: int) -> HttpResponse:
    """Import the pictures that a list of URLs names."""
    library = _library(request, library_id)
    form = UrlsForm(request.POST)
    if form.is_valid():
        try:
            job = services.import_content(
                library=library,
                author=request.member,
                kind=Kind.URLS,
                name="",
                content=form.cleaned_data["urls"].encode(),
            )
        except errors.TooManyImports as error:
            form.add_error("urls", str(error))
    if not form.is_valid():
        return _urls_refused(request, library, form)
    if not request.htmx:
        return redirect(_address(job))
    context = {"cards": cards_of([job]), "library": library, "form": UrlsForm(), "oob": True}
    template = "libraries/import_page.html#started"
    return render(request, template, context, status=ACCEPTED)


def _urls_refused(request: ConsoleRequest, library: ImageLibrary, form: UrlsForm) -> HttpResponse:
    if not request.htmx:
        context = _page_context(library, form)
        return render(request, "libraries/import_page.html", context, status=422)
    context = {"library": library, "form": form}
    response = render(request, "libraries/import_page.html#url-form", context, status=422)
    response["HX-Retarget"], response["HX-Reswap"] = "#import-urls", "outerHTML"
    return response


@require_POST
@role_required(Role.MODERATOR)
def import_part(request: ConsoleRequest, job_id: uuid.UUID) -> HttpResponse:
    """Take a part of an import's file."""
    job = _job(request, job_id)
    form = PartForm(request.POST, request.FILES)
    if not form.is_valid():
        return _plain("", 400)
    part: UploadedFile[bytes] = form.cleaned_data["part"]
    try:
        services.add_part(job=job, number=form.cleaned_data["number"], content=part.read())
    except errors.ImportEnded as error:
        return _plain(str(error), 410)
    except errors.PartMisplaced as error:
        return _plain(str(error), 409)
    return HttpResponse(status=204)


@require_POST
@role_required(Role.MODERATOR)
def import_pictures(request: ConsoleRequest, job_id: uuid.UUID) -> HttpResponse:
    """Take some pictures of an import of files."""
    job = _job(request, job_id)
    form = PicturesForm(request.POST, request.FILES)
    if not form.is_valid():
        return _plain(str(form.non_field_errors()[0]), 400)
    try:
        services.add_pictures(job=job, **form.cleaned_data)
    except errors.ImportEnded as error:
        return _plain(str(error), 410)
    return HttpResponse(status=204)


@require_POST
@role_required(Role.MODERATOR)
def import_close(request: ConsoleRequest, job_id: uuid.UUID) -> HttpResponse:
    """Note that all pictures of an import of files have been sent."""
    services.close_upload(job=_job(request, job_id))
    return HttpResponse(status=204)


@require_POST
@role_required(Role.MODERATOR)
def import_cancel(request: ConsoleRequest, job_id: uuid.UUID) -> HttpResponse:
    """Stop an import; what it has added stays."""
    job = _job(request, job_id)
    services.cancel_import(job=job, author=request.member)
    job.refresh_from_db()
    return _card(request, job) if request.htmx else redirect(_address(job))


@require_GET
def import_card(request: ConsoleRequest, job_id: uuid.UUID) -> HttpResponse:
    """Show how far an import is; at its end, the list of images is to be read anew."""
    job = _job(request, job_id)
    response = _card(request, job)
    if job.is_finished:
        response["HX-Trigger"] = "uploads-done"
    return response


@require_GET
def import_detail(request: ConsoleRequest, job_id: uuid.UUID) -> HttpResponse:
    """Show an import and what became of each of its pictures."""
    job = _job(request, job_id)
    form = ReportFilterForm(request.GET)
    filters = form.cleaned_data if form.is_valid() else {}
    rows = job.rows.order_by("number")
    if state := filters.get("state"):
        rows = rows.filter(state=state)
    page = Paginator(rows, ROWS_PER_PAGE).get_page(filters.get("page"))
    context = {
        "job": job,
        "card": cards_of([job])[0],
        "page": page,
        "rows": reported(request.account, page),
        "state": state or "",
        "states": ImportRow.State.choices,
    }
    return render_page(request, "libraries/import_detail.html", context, partial="rows")


@require_GET
def import_report(request: ConsoleRequest, job_id: uuid.UUID) -> StreamingHttpResponse:
    """Download what became of each picture as CSV."""
    job = _job(request, job_id)
    return _csv(report_lines(job), f"import-{job.created_at:%Y-%m-%d-%H%M}.csv")


@require_GET
def image_library_export(request: ConsoleRequest, library_id: int) -> StreamingHttpResponse:
    """Download the PDQ hashes of a library as CSV."""
    library = _library(request, library_id)
    return _csv(exported_lines(library), f"{slugify(library.name) or 'library'}-pdq.csv")


def _csv(lines: Any, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _card(request: ConsoleRequest, job: ImportJob, status: int = 200) -> HttpResponse:
    context = {"card": cards_of([job])[0]}
    return render(request, "libraries/_import_card.html", context, status=status)


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def _library(request: ConsoleRequest, library_id: int) -> ImageLibrary:
    return get_object_or_404(request.account.image_libraries, pk=library_id)


def _job(request: ConsoleRequest, job_id: uuid.UUID) -> ImportJob:
    return get_object_or_404(request.account.import_jobs.select_related("library"), pk=job_id)


def _address(job: ImportJob) -> str:
    return reverse("libraries:import_detail", args=[job.pk])
