"""Keywords from files and as files."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from console.pages import not_found_once_deleted, render_page
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from libraries.forms.keywords import AddKeywordsForm, ImportKeywordsForm
from libraries.keyword_exports import CONTENT_TYPES, export, file_stem
from libraries.keyword_lines import read_keywords
from libraries.services import keywords as services


@require_http_methods(["GET", "POST"])
@role_required(Role.MODERATOR)
@not_found_once_deleted
def keyword_import(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Ask for a file and add its keywords; the lines to be mended are put in a text area."""
    vocabulary = get_object_or_404(request.account.vocabularies, pk=pk)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ImportKeywordsForm(*sent)
    template = "libraries/vocabulary_import.html"
    context = {"vocabulary": vocabulary, "form": form}
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        return render_page(request, template, context, partial="import", status=status)
    addition = services.add_keywords(
        vocabulary=vocabulary,
        lines=read_keywords(form.cleaned_data["file"]),
        author=request.member,
    )
    context |= {
        "form": ImportKeywordsForm(),
        "addition": addition,
        "add_form": AddKeywordsForm(initial={"keywords": addition.kept}),
        "account_keyword_count": services.keyword_count(request.account),
        "max_keywords": settings.MAX_KEYWORDS,
    }
    return render_page(request, template, context, partial="import")


@require_GET
def keyword_export(request: ConsoleRequest, pk: int, file_format: str) -> HttpResponseBase:
    """Send all keywords of a library as a file."""
    vocabulary = get_object_or_404(request.account.vocabularies, pk=pk)
    if file_format not in CONTENT_TYPES:
        raise Http404
    name = file_stem(vocabulary)
    return StreamingHttpResponse(
        export(vocabulary, file_format),
        content_type=CONTENT_TYPES[file_format],
        headers={
            "Content-Disposition": content_disposition_header(
                as_attachment=True, filename=f"{name}.{file_format}"
            )
            or ""
        },
    )
