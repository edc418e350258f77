"""The request as the console's views get it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from console.models import Account, Member


class ConsoleRequest(HttpRequest):
    """A request of a signed-in member; console.middleware sets the attributes."""

    account: Account
    member: Member
    request_id: str
    htmx: HtmxDetails
