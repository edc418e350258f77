"""What is done about a wrong result from its pages: library, exemption, another test."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from console.pages import go_to, not_found_once_deleted, render_dialog
from console.requests import ConsoleRequest
from console.roles import Role, role_required
from libraries import uploads
from libraries.errors import LibraryError, LibraryNameTaken, TooManyLibraries
from libraries.models import ImageLibrary, LibraryImage
from moderation.errors import ModerationError
from results import remedies
from results.engine_errors import engine_error_text
from results.errors import FeedbackError
from results.matches import service_of
from results.models import DetectionResult
from results.remedy_forms import ExemptionForm, LibraryForm
from results.views.details import result_of
from results.views.feedback import said
from rules import errors as rules_errors
from rules.models import RulesetVersion, Service

_REFUSALS = (LibraryError, ModerationError, FeedbackError, ImageLibrary.DoesNotExist)


@require_http_methods(["GET", "POST"])
@role_required(Role.MODERATOR)
def add_to_library(request: ConsoleRequest, request_id: str) -> HttpResponse:
    """Ask for a library, and add the picture of a result to it."""
    result = result_of(request, request_id)
    initial = {"library": remedies.library_of_label(result, service_of(result))}
    form = LibraryForm(request.POST or None, account=request.account, initial=initial)
    template, context = "results/add_to_library.html", {"form": form, "result": result}
    if request.method == "GET" or not form.is_valid():
        return render_dialog(request, template, context)
    try:
        image = remedies.add_to_library(result=result, library=form.chosen, author=request.member)
    except _REFUSALS as error:
        form.add_error("library", refusal_text(error))
        return render_dialog(request, template, context)
    return said(request, result, _added_text(form.chosen, image))


def refusal_text(error: Exception) -> str:
    """Say why the picture did not become an image of a library."""
    if isinstance(error, ImageLibrary.DoesNotExist):
        return _("The library was deleted in the meantime. Choose another one.")
    if isinstance(error, ModerationError):
        return uploads.refused("", error).problem
    return str(error)


def _added_text(library: ImageLibrary, image: LibraryImage) -> str:
    if image.is_held:
        return _(
            "Added to “%(library)s”, but held: a policy manager has to look at what was found."
        ) % {"library": library.name}
    return _("Added to “%(library)s”.") % {"library": library.name}


@require_http_methods(["GET", "POST"])
@role_required(Role.POLICY_MANAGER)
@not_found_once_deleted
def exempt(request: ConsoleRequest, request_id: str) -> HttpResponse:
    """Ask for a library, and have the service exempt the picture of a result by it."""
    result = result_of(request, request_id)
    service = _service(result)
    form = ExemptionForm(request.POST or None, service=service)
    context = {"form": form, "result": result, "service": service}
    if request.method == "GET" or not form.is_valid():
        return render_dialog(request, "results/exempt.html", context)
    text = _exempt(request, result, service, form)
    if text is None:
        return render_dialog(request, "results/exempt.html", context)
    return said(request, result, text)


def _exempt(
    request: ConsoleRequest, result: DetectionResult, service: Service, form: ExemptionForm
) -> str | None:
    """Return what was done, or None and say in the form why it was not."""
    try:
        image, version = remedies.exempt_image(
            result=result,
            service=service,
            author=request.member,
            library=form.chosen,
            new_name=form.cleaned_data["name"],
        )
    except (LibraryNameTaken, TooManyLibraries) as error:
        form.add_error("name", str(error))
    except _REFUSALS as error:
        form.add_error("library", refusal_text(error))
    except rules_errors.StaleVersion:
        form.add_error(None, _("Somebody saved the rules at the same moment. Try again."))
    except rules_errors.ConflictingLibrary:
        form.add_error("library", _("The library sets a label of this service by now."))
    except rules_errors.UnknownLibrary:
        form.add_error("library", refusal_text(ImageLibrary.DoesNotExist()))
    else:
        return _exempted_text(service, image, version)
    return None


def _exempted_text(service: Service, image: LibraryImage, version: RulesetVersion | None) -> str:
    names = {"library": image.library.name, "service": service.code}
    if image.is_held:
        return (
            _("Added to “%(library)s”, but held: look at what was found, then have it go live.")
            % names
        )
    if version is None:
        return _("Exempt: added to “%(library)s”.") % names
    return _("Exempt: %(service)s has version %(version)s, with “%(library)s”.") % {
        **names,
        "version": version.number,
    }


@require_POST
@role_required(Role.MODERATOR)
def test_again(request: ConsoleRequest, request_id: str) -> HttpResponse:
    """Moderate the picture of a result once more under the live rules, and show what came of it."""
    result = result_of(request, request_id)
    try:
        again = remedies.moderate_again(result=result, service=_service(result))
    except (ModerationError, FeedbackError) as error:
        reason = engine_error_text(type(error).__name__, str(error))
        return _not_tested(request, result, reason)
    messages.success(request, _("Tested again under the live rules."))
    return go_to(request, reverse("results:detail", args=[again.request_id]))


def _not_tested(request: ConsoleRequest, result: DetectionResult, reason: str) -> HttpResponse:
    text = _("Not tested: %(reason)s") % {"reason": reason}
    if not request.htmx:
        messages.error(request, text)
        return redirect("results:detail", result.request_id)
    trigger: dict[str, Any] = {"toast": {"kind": "error", "text": text}}
    return HttpResponse(status=422, headers={"HX-Trigger": json.dumps(trigger)})


def _service(result: DetectionResult) -> Service:
    service = service_of(result)
    if service is None:
        raise Http404
    return service
