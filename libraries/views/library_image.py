"""One library image: what is known of it, and its pictures."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET

from console.pages import render_page
from console.pictures import picture_response
from console.requests import ConsoleRequest
from console.roles import Role
from libraries.models import LibraryImage
from libraries.places import places_of


@require_GET
def library_image(request: ConsoleRequest, library_id: int, image_id: int) -> HttpResponse:
    """Show an image; who follows a link of before it was moved is led to its library."""
    images = request.account.library_images.select_related("library", "added_by__user")
    image = get_object_or_404(images, pk=image_id)
    if image.library_id != library_id:
        return redirect("libraries:library_image", image.library_id, image.pk)
    context = {
        "image": image,
        "library": image.library,
        "places": places_of(image.library),
        "may_edit": request.member.may(Role.POLICY_MANAGER),
    }
    return render_page(request, "libraries/library_image.html", context, partial="modal")


@require_GET
def library_image_thumbnail(request: ConsoleRequest, image_id: int) -> HttpResponseBase:
    """Send the small picture for lists."""
    image = _with_picture(request, image_id)
    return picture_response(image.thumbnail, "image/webp")


@require_GET
def library_image_preview(request: ConsoleRequest, image_id: int) -> HttpResponseBase:
    """Send the larger picture."""
    image = _with_picture(request, image_id)
    return picture_response(image.preview, "image/jpeg")


def _with_picture(request: ConsoleRequest, image_id: int) -> LibraryImage:
    image = get_object_or_404(request.account.library_images, pk=image_id)
    if not image.has_picture:
        raise Http404
    return image
