"""Saving a search, renaming and deleting it, each person for themselves."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from console.pages import go_to, render_dialog
from console.requests import ConsoleRequest
from results.errors import SearchError
from results.forms import ResultFilterForm, SavedSearchForm
from results.models import SavedSearch
from results.saved_searches import kept_query, rename_search, save_search

_TEMPLATE = "results/saved_search.html"


@require_http_methods(["GET", "POST"])
def search_save(request: ConsoleRequest) -> HttpResponse:
    """Save the filters under a name; the address of the form holds them."""
    query = kept_query(request.GET, list(ResultFilterForm.base_fields))
    form = SavedSearchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            save_search(member=request.member, name=form.cleaned_data["name"], query=query)
        except SearchError as error:
            form.add_error("name", str(error))
        else:
            return _back(request, query)
    action = f"{reverse('results:search_save')}?{query}"
    context = {"form": form, "query": query, "search": None, "action": action}
    return render_dialog(request, _TEMPLATE, context)


@require_http_methods(["GET", "POST"])
def search_rename(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Give a saved search another name."""
    search = get_object_or_404(request.member.saved_searches, pk=pk)
    form = SavedSearchForm(request.POST or None, initial={"name": search.name})
    if request.method == "POST" and form.is_valid():
        try:
            rename_search(search=search, name=form.cleaned_data["name"])
        except SearchError as error:
            form.add_error("name", str(error))
        else:
            return _back(request, search.query)
    action = reverse("results:search_rename", args=[pk])
    context = {"form": form, "query": search.query, "search": search, "action": action}
    return render_dialog(request, _TEMPLATE, context)


@require_POST
def search_delete(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Delete a saved search."""
    search: SavedSearch = get_object_or_404(request.member.saved_searches, pk=pk)
    search.delete()
    messages.success(request, _("Search “%(name)s” was deleted.") % {"name": search.name})
    return go_to(request, reverse("results:result_list"))


def _back(request: ConsoleRequest, query: str) -> HttpResponse:
    messages.success(request, _("Saved."))
    return go_to(request, f"{reverse('results:result_list')}?{query}")
