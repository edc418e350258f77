"""What every page request passes: an id, then the member and account behind it."""

from __future__ import annotations

import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _

from console.models import Member
from console.tracing import client_address, traced

GetResponse = Callable[[HttpRequest], HttpResponse]


def new_request_id() -> str:
    """Return an upper-case UUID."""
    return str(uuid.uuid4()).upper()


class RequestIdMiddleware:
    """Give each request an id that its log lines, errors and answer carry."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = new_request_id()
        request.request_id = request_id  # type: ignore[attr-defined]
        with traced(request_id, client_address(request)):
            response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class SignInMiddleware(LoginRequiredMiddleware):
    """Send whoever is not signed in to the sign-in page, and from there back again."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """Tell htmx to load the sign-in page, so that it is not swapped into a part of a page."""
        response = super().process_view(request, view_func, view_args, view_kwargs)
        if response is None or request.headers.get("HX-Request") != "true":
            return response
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        address = f"{page.path}?{page.query}" if page.query else page.path
        query = urlencode({REDIRECT_FIELD_NAME: address or "/"})
        return HttpResponse(headers={"HX-Redirect": f"{resolve_url(settings.LOGIN_URL)}?{query}"})


class MemberMiddleware:
    """Set request.member and request.account, and the account's time zone."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        members = Member.objects.select_related("account", "user")
        member = members.filter(user=request.user.pk).first()
        if member is None:
            raise PermissionDenied(_("You are not a member of any account."))
        request.member = member  # type: ignore[attr-defined]
        request.account = member.account  # type: ignore[attr-defined]
        with timezone.override(zoneinfo.ZoneInfo(member.account.time_zone)):
            return self.get_response(request)
