"""What every template may use beside what its view gives it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from console.models import Member
from console.navigation import nav_groups


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give the member, the sidebar, and the preferences that the first paint needs."""
    member: Member | None = getattr(request, "member", None)
    return {
        "member": member,
        "nav_groups": nav_groups(member, request.path) if member else [],
        "theme": member.theme if member else Member.Theme.SYSTEM,
        "blur": member.blur if member else Member.Blur.BLUR,
        "return_to": request.get_full_path() if request.method == "GET" else "/",
    }
