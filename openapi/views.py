"""What the API gives addresses of, for whoever has such an address."""

from __future__ import annotations

import zoneinfo

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from openapi.download_links import read_download
from openapi.downloads import response_of


@require_GET
@never_cache
@login_not_required
def download(request: HttpRequest, token: str) -> HttpResponseBase:
    """Send what a signed address stands for; once that is too old there is nothing."""
    wanted = read_download(token)
    if wanted is None:
        raise Http404
    with timezone.override(zoneinfo.ZoneInfo(wanted.access_key.account.time_zone)):
        response = response_of(wanted)
    if response is None:
        raise Http404
    return response
