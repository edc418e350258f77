"""The images of a library: looking through them, adding, moving and deleting some."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.models import Publication
from console.pages import go_to, not_found_once_deleted, render_page
from console.publication import PublicationState, publication_state
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from libraries.forms.images import ImageFilterForm, ImagePlaceForm, MoveForm, selected_ids
from libraries.models import ImageLibrary
from libraries.paging import page_of
from libraries.places import places_of
from libraries.samples import MAX_SAMPLE_BYTES
from libraries.services import images as services
from libraries.uploads import too_many

PAGE_SIZE = 36
MAX_FILES = 10


@require_GET
def image_library(request: ConsoleRequest, library_id: int) -> HttpResponse:
    """Show a library's images; htmx asks for them alone when the filters change."""
    library = _library(request, library_id)
    return render_page(
        request, "libraries/image_library.html", _page_context(request, library), partial="images"
    )


def _page_context(request: ConsoleRequest, library: ImageLibrary) -> dict[str, Any]:
    form, place = ImageFilterForm(request.GET), ImagePlaceForm(request.GET)
    place.is_valid()
    images = library.images.select_related("added_by__user").defer("fingerprint", "pdq")
    found = form.apply(images) if form.is_valid() else images.none()
    others = request.account.image_libraries.exclude(pk=library.pk).kept().by_name()
    return {
        "library": library,
        "places": places_of(library),
        "state": _state(library),
        "form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "view": place.cleaned_data.get("view") or "grid",
        "page": page_of(
            found,
            size=PAGE_SIZE,
            before=place.cleaned_data.get("before"),
            after=place.cleaned_data.get("after"),
        ),
        "found_count": found.count(),
        "image_count": library.images.count(),
        "held_count": library.images.held().count(),
        "account_image_count": request.account.library_images.count(),
        "max_images": settings.MAX_LIBRARY_IMAGES,
        "targets": list(others),
        "may_add": request.member.may(Role.MODERATOR),
        "may_edit": request.member.may(Role.POLICY_MANAGER),
    }


@require_GET
def image_library_publication(request: ConsoleRequest, library_id: int) -> HttpResponse:
    """Say how far the newest change of the images has come; what is live asks no more."""
    library = request.account.image_libraries.filter(pk=library_id).first()
    if library is None and request.htmx:  # it has been deleted while its page was open
        return go_to(request, reverse("libraries:image_library_list"))
    library = _library(request, library_id)
    context = {"library": library, "state": _state(library), "image_count": library.images.count()}
    response = render(request, "libraries/_image_publication.html", context)
    if library.emptied_up_to is None and "emptying" in request.GET:
        response["HX-Trigger"] = "images-changed"
    return response


def _state(library: ImageLibrary) -> PublicationState:
    return publication_state(Publication.Topic.IMAGES, library.pk)


@require_http_methods(["GET", "POST"])
@role_required(Role.MODERATOR)
@not_found_once_deleted
def image_add(request: ConsoleRequest, library_id: int) -> HttpResponse:
    """Show the dialog for uploads; add what is sent, one file at a time if scripts run."""
    library = _library(request, library_id)
    files: list[UploadedFile[bytes]] = request.FILES.getlist("image")
    uploads = [
        services.add_upload(library=library, file=file, author=request.member)
        for file in files[:MAX_FILES]
    ]
    uploads += [too_many(file.name or "", MAX_FILES) for file in files[MAX_FILES:]]
    context = {
        "library": library,
        "places": places_of(library),
        "uploads": uploads,
        "max_files": MAX_FILES,
        "max_bytes": MAX_SAMPLE_BYTES,
        "is_full": request.account.library_images.count() >= settings.MAX_LIBRARY_IMAGES,
        "max_images": settings.MAX_LIBRARY_IMAGES,
        "may_edit": request.member.may(Role.POLICY_MANAGER),
    }
    status = 422 if request.method == "POST" and not any(one.image for one in uploads) else 200
    if request.method == "POST" and request.htmx:
        return render(request, "libraries/image_add.html#rows", context, status=status)
    return render_page(request, "libraries/image_add.html", context, partial="modal", status=status)


@require_POST
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def image_delete(request: ConsoleRequest, library_id: int) -> HttpResponse:
    """Delete the selected images."""
    library = _library(request, library_id)
    count = services.delete_images(
        library=library, image_ids=selected_ids(request.POST), author=request.member
    )
    text = ngettext("%(count)s image deleted.", "%(count)s images deleted.", count)
    return _changed(request, library, text % {"count": count})


@require_POST
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def image_move(request: ConsoleRequest, library_id: int) -> HttpResponse:
    """Move the selected images to another library."""
    library = _library(request, library_id)
    others = request.account.image_libraries.exclude(pk=library.pk).kept()
    form = MoveForm(request.POST, targets=others)
    if not form.is_valid():
        return _refused(request, library, str(form.errors["target"][0]))
    target = form.cleaned_data["target"]
    count = services.move_images(
        library=library,
        target=target,
        image_ids=selected_ids(request.POST),
        author=request.member,
    )
    text = ngettext(
        "%(count)s image moved to “%(name)s”.", "%(count)s images moved to “%(name)s”.", count
    )
    return _changed(request, library, text % {"count": count, "name": target.name})


def _changed(request: ConsoleRequest, library: ImageLibrary, text: str) -> HttpResponse:
    if not request.htmx:
        messages.success(request, text)
        return go_to(request, reverse("libraries:image_library", args=[library.pk]))
    trigger = {
        "toast": {"kind": "success", "text": text},
        "images-changed": True,
        "close-modal": True,
    }
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(trigger)})


def _refused(request: ConsoleRequest, library: ImageLibrary, text: str) -> HttpResponse:
    if not request.htmx:
        messages.error(request, text)
        return go_to(request, reverse("libraries:image_library", args=[library.pk]))
    trigger = {"toast": {"kind": "error", "text": text}}
    return HttpResponse(status=422, headers={"HX-Trigger": json.dumps(trigger)})


def _library(request: ConsoleRequest, library_id: int) -> ImageLibrary:
    return get_object_or_404(request.account.image_libraries, pk=library_id)
