"""Keyword libraries: the list, and creating, changing and deleting one."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from console.pages import go_to, not_found_once_deleted, render_dialog, render_page
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from libraries import errors
from libraries.forms.keywords import NewVocabularyForm, VocabularyForm
from libraries.forms.names import LibraryNameForm
from libraries.models import Vocabulary
from libraries.places import places_of
from libraries.services import keywords as services


@require_GET
def vocabulary_list(request: ConsoleRequest) -> HttpResponse:
    """List the account's keyword libraries with what they hold and where they are used."""
    vocabularies = list(request.account.vocabularies.by_name().with_keyword_count().with_links())
    context = {
        "rows": [(vocabulary, places_of(vocabulary)) for vocabulary in vocabularies],
        "library_count": len(vocabularies),
        "max_libraries": settings.MAX_VOCABULARIES,
        "keyword_count": services.keyword_count(request.account),
        "max_keywords": settings.MAX_KEYWORDS,
        "may_edit": request.member.may(Role.POLICY_MANAGER),
    }
    return render_page(request, "libraries/vocabulary_list.html", context)


@require_http_methods(["GET", "POST"])
@role_required(Role.POLICY_MANAGER)
def vocabulary_create(request: ConsoleRequest) -> HttpResponse:
    """Create a library; what was typed stays when it is refused."""
    form = NewVocabularyForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return _create_dialog(request, form)
    try:
        vocabulary, addition = services.create_vocabulary(
            account=request.account,
            name=form.cleaned_data["name"],
            description=form.cleaned_data["description"],
            lines=form.cleaned_data["keywords"],
            author=request.member,
        )
    except errors.LibraryError as error:
        form.refuse(error)
        return _create_dialog(request, form)
    messages.success(
        request,
        _("Library “%(name)s” was created: %(summary)s.")
        % {"name": vocabulary.name, "summary": addition.summary},
    )
    return go_to(request, reverse("libraries:vocabulary_detail", args=[vocabulary.pk]))


def _create_dialog(request: ConsoleRequest, form: NewVocabularyForm) -> HttpResponse:
    return render_dialog(request, "libraries/vocabulary_create.html", {"form": form})


@require_http_methods(["GET", "POST"])
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def vocabulary_edit(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Give a library another name and description."""
    vocabulary = get_object_or_404(request.account.vocabularies, pk=pk)
    stored = {"name": vocabulary.name, "description": vocabulary.description}
    form = VocabularyForm(request.POST or None, initial=stored)
    context = {"form": form, "vocabulary": vocabulary}
    if request.method == "GET" or not form.is_valid():
        return render_dialog(request, "libraries/vocabulary_edit.html", context)
    try:
        services.change_vocabulary(
            vocabulary=vocabulary, author=request.member, **form.cleaned_data
        )
    except errors.LibraryNameTaken as error:
        form.add_error("name", str(error))
        return render_dialog(request, "libraries/vocabulary_edit.html", context)
    messages.success(request, _("Saved."))
    return go_to(request, reverse("libraries:vocabulary_detail", args=[pk]))


@require_http_methods(["GET", "POST"])
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def vocabulary_delete(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Delete a library that no service uses, once its name has been typed."""
    vocabulary = get_object_or_404(request.account.vocabularies.with_keyword_count(), pk=pk)
    form = LibraryNameForm(request.POST or None, library=vocabulary)
    if request.method == "GET" or not form.is_valid():
        return _delete_dialog(request, form, vocabulary)
    try:
        services.delete_vocabulary(vocabulary=vocabulary, author=request.member)
    except errors.LibraryInUse as error:
        form.add_error(None, str(error))
        return _delete_dialog(request, form, vocabulary)
    messages.success(request, _("Library “%(name)s” was deleted.") % {"name": vocabulary.name})
    return go_to(request, reverse("libraries:vocabulary_list"))


def _delete_dialog(
    request: ConsoleRequest, form: LibraryNameForm, vocabulary: Vocabulary
) -> HttpResponse:
    context = {"form": form, "vocabulary": vocabulary, "places": places_of(vocabulary)}
    return render_dialog(request, "libraries/vocabulary_delete.html", context)
