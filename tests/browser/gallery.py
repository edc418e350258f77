"""A page of the shared components, which only tests open, and the views that it talks to."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.html import format_html

from console.pages import render_page
from console.requests import ConsoleRequest
from console.urls import handler403, handler404, handler500, urlpatterns

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]

REFUSED_SCORE = "66"
STORED = {"violent_gun": ("60", "80"), "violent_blood": ("40", "87.5")}
TEMPLATE_FOLDER = settings.BASE_DIR / "tests" / "browser" / "templates"


def gallery(request: ConsoleRequest) -> HttpResponse:
    """Show all components; a POST saves the scope, is refused, or has to be reviewed."""
    if request.method == "POST":
        return _save(request)
    context = {"rows": _rows({}), "is_editing": "edit" in request.GET} | _lists(request)
    return render_page(request, "gallery.html", context, partial=_partial(request))


def _partial(request: ConsoleRequest) -> str:
    return request.htmx.target if request.htmx.target in {"scope-panel", "images"} else ""


def _save(request: ConsoleRequest) -> HttpResponse:
    rows = _rows(request.POST.dict())
    if any(row["error"] for row in rows):
        context = {"rows": rows, "is_editing": True}
        return render(request, "gallery.html#scope-panel", context, status=422)
    if request.POST["comment"] == "stale" and not request.POST["base_version"]:
        return _to_modal(render(request, "gallery.html#conflict", status=409))
    if request.POST["comment"] == "much" and not request.POST["reviewed"]:
        return _to_modal(render(request, "gallery.html#review"))
    return render(request, "gallery.html#scope-panel", {"rows": rows, "is_editing": False})


def _to_modal(response: HttpResponse) -> HttpResponse:
    response["HX-Retarget"] = "#modal"
    response["HX-Reswap"] = "innerHTML"
    return response


def _rows(typed: dict[str, str]) -> list[dict[str, Any]]:
    rows = []
    for label, (medium, high) in STORED.items():
        typed_medium = typed.get(f"medium-{label}", medium)
        rows.append(
            {
                "label": label,
                "enabled": not typed or f"on-{label}" in typed,
                "medium": typed_medium,
                "high": typed.get(f"high-{label}", high),
                "stored": (medium, high),
                "error": "Not this one." if typed_medium == REFUSED_SCORE else "",
            }
        )
    return rows


def _lists(request: ConsoleRequest) -> dict[str, Any]:
    return {
        "view": request.GET.get("view", "grid"),
        "images": range(1, 9),
        "calls": [3, 5, 4, 9, 12, 7, 11],
        "state": "running",
        "done": 312,
    }


def delete_dialog(request: ConsoleRequest) -> HttpResponse:
    """Ask for a name to be typed; a POST closes the dialog."""
    if request.method == "POST":
        return HttpResponse(status=204, headers={"HX-Trigger": '{"close-modal": true}'})
    return render(request, "gallery.html#delete")


def add_dialog(request: ConsoleRequest) -> HttpResponse:
    """Let files be added in a dialog."""
    return render(request, "gallery.html#add")


def job(request: ConsoleRequest) -> HttpResponse:
    """Show a job that runs until it is canceled or has been asked for once."""
    state = "canceled" if request.method == "POST" else "done"
    return render(request, "gallery.html#job", {"state": state, "done": 1000})


def add_image(request: ConsoleRequest) -> HttpResponse:
    """Take a file, or refuse it because of its name."""
    image = request.FILES["image"]
    assert isinstance(image, UploadedFile)
    name = image.name or ""
    if name.startswith("away"):
        return HttpResponse(status=503)
    refused = name.startswith("bad")
    row = '<li class="upload-row{}"><span class="grow">{}<small>{}</small></span></li>'
    said = (" bad", "Refused") if refused else ("", "Added")
    return HttpResponse(format_html(row, said[0], name, said[1]), status=422 if refused else 200)


urlpatterns = [
    *urlpatterns,
    path("gallery/", gallery, name="gallery"),
    path("gallery/delete/", delete_dialog, name="gallery_delete"),
    path("gallery/add-dialog/", add_dialog, name="gallery_add_dialog"),
    path("gallery/job/", job, name="gallery_job"),
    path("gallery/add/", add_image, name="gallery_add"),
]
