"""Image libraries: the list, and creating, changing, emptying and deleting one."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from console.pages import go_to, not_found_once_deleted, render_dialog, render_page
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from libraries import errors
from libraries.forms.images import ImageLibraryForm
from libraries.forms.names import LibraryNameForm
from libraries.models import ImageLibrary
from libraries.places import places_of
from libraries.services import image_libraries as services


@require_GET
def image_library_list(request: ConsoleRequest) -> HttpResponse:
    """List the account's image libraries with what they hold and where they are used."""
    libraries = list(request.account.image_libraries.by_name().with_image_count().with_links())
    context = {
        "rows": [(library, places_of(library)) for library in libraries],
        "library_count": len(libraries),
        "max_libraries": settings.MAX_IMAGE_LIBRARIES,
        "image_count": request.account.library_images.count(),
        "max_images": settings.MAX_LIBRARY_IMAGES,
        "may_edit": request.member.may(Role.POLICY_MANAGER),
    }
    return render_page(request, "libraries/image_library_list.html", context)


@require_http_methods(["GET", "POST"])
@role_required(Role.POLICY_MANAGER)
def image_library_create(request: ConsoleRequest) -> HttpResponse:
    """Create a library and show it, so that images can be added."""
    template = "libraries/image_library_create.html"
    form = ImageLibraryForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return render_dialog(request, template, {"form": form})
    try:
        library = services.create_image_library(
            account=request.account, author=request.member, **form.cleaned_data
        )
    except errors.LibraryError as error:
        form.add_error("name", str(error))
        return render_dialog(request, template, {"form": form})
    messages.success(request, _("Library “%(name)s” was created.") % {"name": library.name})
    return go_to(request, _address(library.pk))


@require_http_methods(["GET", "POST"])
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def image_library_edit(request: ConsoleRequest, library_id: int) -> HttpResponse:
    """Change a library's name and description, and how its images are matched."""
    library = _library(request, library_id)
    stored = {
        "name": library.name,
        "description": library.description,
        "deep_match": library.deep_match,
    }
    form = ImageLibraryForm(request.POST or None, initial=stored)
    context = {"form": form, "library": library}
    if request.method == "GET" or not form.is_valid():
        return render_dialog(request, "libraries/image_library_edit.html", context)
    try:
        services.change_image_library(library=library, author=request.member, **form.cleaned_data)
    except errors.LibraryNameTaken as error:
        form.add_error("name", str(error))
        return render_dialog(request, "libraries/image_library_edit.html", context)
    messages.success(request, _("Saved."))
    return go_to(request, _address(library_id))


@require_http_methods(["GET", "POST"])
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def image_library_empty(request: ConsoleRequest, library_id: int) -> HttpResponse:
    """Delete all images of a library once its name has been typed."""
    library = _library(request, library_id)
    form = LibraryNameForm(request.POST or None, library=library)
    if request.method == "GET" or not form.is_valid():
        context = _deletion_context(library, form)
        return render_dialog(request, "libraries/image_library_empty.html", context)
    count = services.empty_image_library(library=library, author=request.member)
    library.refresh_from_db()
    if library.emptied_up_to is None:
        text = ngettext("%(count)s image deleted.", "%(count)s images deleted.", count)
        messages.success(request, text % {"count": f"{count:,}"})
    return go_to(request, _address(library_id))


@require_http_methods(["GET", "POST"])
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def image_library_delete(request: ConsoleRequest, library_id: int) -> HttpResponse:
    """Delete a library that no service uses, once its name has been typed."""
    template = "libraries/image_library_delete.html"
    library = _library(request, library_id)
    form = LibraryNameForm(request.POST or None, library=library)
    if request.method == "GET" or not form.is_valid():
        return render_dialog(request, template, _deletion_context(library, form))
    try:
        is_gone = services.delete_image_library(library=library, author=request.member)
    except errors.LibraryInUse as error:
        form.add_error("name", str(error))
        return render_dialog(request, template, _deletion_context(library, form))
    if is_gone:
        messages.success(request, _("Library “%(name)s” was deleted.") % {"name": library.name})
    return go_to(request, reverse("libraries:image_library_list"))


def _deletion_context(library: ImageLibrary, form: LibraryNameForm) -> dict[str, Any]:
    return {
        "library": library,
        "form": form,
        "places": places_of(library),
        "image_count": library.images.count(),
    }


def _library(request: ConsoleRequest, library_id: int) -> ImageLibrary:
    return get_object_or_404(request.account.image_libraries, pk=library_id)


def _address(library_id: int) -> str:
    return reverse("libraries:image_library", args=[library_id])
