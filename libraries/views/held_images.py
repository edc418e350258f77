"""Images that are held after their check: somebody has them go live, or discards them."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from console.pages import go_to, not_found_once_deleted
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from libraries.models import LibraryImage
from libraries.services import images as services


@require_POST
@role_required(Role.POLICY_MANAGER)
def image_go_live(request: ConsoleRequest, library_id: int, image_id: int) -> HttpResponse:
    """Publish a held image; one that somebody else has published meanwhile stays so."""
    image = _image(request, library_id, image_id)
    services.go_live(image=image, author=request.member)
    return _decided(request, image, _("Image %(id)s goes live.") % {"id": image.pk})


@require_POST
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def image_discard(request: ConsoleRequest, library_id: int, image_id: int) -> HttpResponse:
    """Delete a held image; one that has gone live meanwhile is not touched."""
    image = _image(request, library_id, image_id, is_held=True)
    services.discard_image(image=image, author=request.member)
    return _decided(request, image, _("Image %(id)s was discarded.") % {"id": image_id})


def _image(request: ConsoleRequest, library_id: int, image_id: int, **asked: bool) -> LibraryImage:
    images = request.account.library_images.select_related("library__account")
    return get_object_or_404(images, library=library_id, pk=image_id, **asked)


def _decided(request: ConsoleRequest, image: LibraryImage, text: str) -> HttpResponse:
    if not request.htmx:
        messages.success(request, text)
        return go_to(request, reverse("libraries:image_library", args=[image.library_id]))
    response = render(request, "libraries/_held.html#decided", {"text": text})
    trigger: dict[str, Any] = {
        "toast": {"kind": "success", "text": text},
        "images-changed": True,
    }
    if "close" in request.GET:  # from the image's own dialog
        trigger["close-modal"] = True
    response["HX-Trigger"] = json.dumps(trigger)
    return response
