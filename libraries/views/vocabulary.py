"""One keyword library: its keywords, adding some, deleting some, trying them."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from console.models import Publication
from console.pages import not_found_once_deleted, render_page
from console.publication import PublicationState, publication_state
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from libraries.forms.keywords import AddKeywordsForm, KeywordFilterForm, TryForm
from libraries.keyword_exports import CONTENT_TYPES
from libraries.keyword_lines import read_keywords
from libraries.keyword_trial import try_keywords
from libraries.models import KeywordQuerySet, Vocabulary
from libraries.paging import page_of
from libraries.places import places_of
from libraries.services import keywords as services

PAGE_SIZE = 100
_TEMPLATE = "libraries/vocabulary_detail.html"


@require_GET
def vocabulary_detail(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show a library; htmx asks for the list alone when the search changes."""
    vocabulary = get_object_or_404(request.account.vocabularies, pk=pk)
    return render_page(request, _TEMPLATE, _page_context(request, vocabulary), partial="keywords")


def _page_context(request: ConsoleRequest, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return what the page of a library shows."""
    form = KeywordFilterForm(request.GET)
    is_valid = form.is_valid()
    found = _found(vocabulary, form.cleaned_data.get("q", "") if is_valid else "")
    return {
        "vocabulary": vocabulary,
        "places": places_of(vocabulary),
        "filter_form": form,
        "search": form.cleaned_data.get("q", ""),
        "page": page_of(
            found,
            size=PAGE_SIZE,
            before=form.cleaned_data.get("before"),
            after=form.cleaned_data.get("after"),
        ),
        "found_count": found.count(),
        "keyword_count": vocabulary.keywords.count(),
        "account_keyword_count": services.keyword_count(request.account),
        "max_keywords": settings.MAX_KEYWORDS,
        "state": _state(vocabulary),
        "add_form": AddKeywordsForm(),
        "try_form": TryForm(),
        "export_formats": list(CONTENT_TYPES),
        "may_add": request.member.may(Role.MODERATOR),
        "may_edit": request.member.may(Role.POLICY_MANAGER),
    }


def _found(vocabulary: Vocabulary, search: str) -> KeywordQuerySet:
    return vocabulary.keywords.containing(search) if search else vocabulary.keywords.all()


@require_POST
@role_required(Role.MODERATOR)
@not_found_once_deleted
def keyword_add(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Add the keywords of the lines; those that have to be mended stay in the text area."""
    vocabulary = get_object_or_404(request.account.vocabularies, pk=pk)
    form = AddKeywordsForm(request.POST)
    if not form.is_valid():
        context = _page_context(request, vocabulary) | {"add_form": form}
        return render_page(request, _TEMPLATE, context, partial="add-keywords", status=422)
    addition = services.add_keywords(
        vocabulary=vocabulary,
        lines=read_keywords(form.cleaned_data["keywords"]),
        author=request.member,
    )
    form = AddKeywordsForm(initial={"keywords": addition.kept})
    context = _page_context(request, vocabulary) | {"addition": addition, "add_form": form}
    status = 200 if addition.added_count else 422
    response = render_page(request, _TEMPLATE, context, partial="add-keywords", status=status)
    response["HX-Trigger"] = "keywords-changed"
    return response


@require_POST
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def keyword_delete(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Delete the chosen keywords, or all that the search finds."""
    vocabulary = get_object_or_404(request.account.vocabularies, pk=pk)
    if "all" in request.POST:
        form = KeywordFilterForm(request.POST)
        chosen = vocabulary.keywords.none()
        if form.is_valid():
            chosen = _found(vocabulary, form.cleaned_data["q"])
    else:
        ids = [int(text) for text in request.POST.getlist("keyword") if _is_id(text)]
        chosen = vocabulary.keywords.filter(pk__in=ids)
    count = services.delete_keywords(vocabulary=vocabulary, keywords=chosen, author=request.member)
    text = ngettext("%(count)s keyword deleted.", "%(count)s keywords deleted.", count)
    text %= {"count": f"{count:,}"}
    if not request.htmx:
        messages.success(request, text)
        return redirect("libraries:vocabulary_detail", pk)
    toast = {"toast": {"kind": "success", "text": text}, "keywords-changed": True}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(toast)})


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18  # noqa: PLR2004 - fits 64 bits


@require_POST
def keyword_try(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Say what the library's keywords find in a text; nothing is kept of it."""
    vocabulary = get_object_or_404(request.account.vocabularies, pk=pk)
    form = TryForm(request.POST)
    context = _page_context(request, vocabulary) | {"try_form": form}
    if not form.is_valid():
        return render_page(request, _TEMPLATE, context, partial="try", status=422)
    context["trial"] = try_keywords(vocabulary, form.cleaned_data["text"])
    return render_page(request, _TEMPLATE, context, partial="try")


@require_GET
def vocabulary_publication(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Say how far the newest change of the keywords has come; what is live asks no more."""
    vocabulary = get_object_or_404(request.account.vocabularies, pk=pk)
    context = {"vocabulary": vocabulary, "state": _state(vocabulary)}
    return render(request, "libraries/_vocabulary_publication.html", context)


def _state(vocabulary: Vocabulary) -> PublicationState:
    return publication_state(Publication.Topic.KEYWORDS, vocabulary.pk)
