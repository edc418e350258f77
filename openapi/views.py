"""What the API gives addresses of, for whoever has such an address."""

from __future__ import annotations

import zoneinfo

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from openapi.download_links import read_download
from openapi.downloads import open_file


@require_GET
@never_cache
@login_not_required
def download(request: HttpRequest, token: str) -> StreamingHttpResponse:
    """Send the file that a signed address stands for; once that is too old there is none."""
    wanted = read_download(token)
    if wanted is None:
        raise Http404
    with timezone.override(zoneinfo.ZoneInfo(wanted.access_key.account.time_zone)):
        file = open_file(wanted)
    if file is None:
        raise Http404
    disposition = content_disposition_header(as_attachment=True, filename=file.name)
    return StreamingHttpResponse(
        file.parts,
        content_type=file.content_type,
        headers={"Content-Disposition": disposition or ""},
    )
