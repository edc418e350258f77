"""The coverage page: what the detectors here can and cannot see."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from console.pages import render_page
from console.requests import ConsoleRequest
from rules.coverage import coverage_of, local_registry, measured


@require_GET
def coverage(request: ConsoleRequest) -> HttpResponse:
    """Show for each label of a service which detector serves it, and how well."""
    services = list(request.account.services.by_code())
    code = request.GET.get("service", "")
    service = next((one for one in services if one.code == code), None)
    if service is None:
        if code or not services:
            raise Http404
        service = next((one for one in services if one.definition.default), services[0])
    registry = local_registry()
    covered_types = coverage_of(service, registry)
    context = {
        "services": services,
        "service": service,
        "covered_types": covered_types,
        "served_count": sum(one.served_count for one in covered_types),
        "label_count": sum(len(one.labels) for one in covered_types),
        "detectors": [measured(detector) for detector in registry.detectors],
        "large_model": registry.large_model,
        "nudenet": settings.NUDENET,
    }
    return render_page(request, "rules/coverage.html", context, partial="service-coverage")
