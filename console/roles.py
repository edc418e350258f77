"""What the members of an account may do."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.requests import ConsoleRequest

P = ParamSpec("P")
View = Callable[Concatenate[ConsoleRequest, P], HttpResponseBase]


class Role(models.TextChoices):
    """The roles; each includes what the ones before it may do."""

    VIEWER = "viewer", gettext_lazy("Viewer")
    MODERATOR = "moderator", gettext_lazy("Moderator")
    POLICY_MANAGER = "policy_manager", gettext_lazy("Policy manager")
    ADMINISTRATOR = "administrator", gettext_lazy("Administrator")

    def includes(self, other: Role) -> bool:
        """Say whether this role may do all that the other may."""
        roles = list(Role)
        return roles.index(self) >= roles.index(other)


def require_role(request: ConsoleRequest, role: Role) -> None:
    """Answer 403, naming the role that is needed, if the member does not have it."""
    if not request.member.may(role):
        raise PermissionDenied(_("This page needs the role %(role)s.") % {"role": role.label})


def role_required(role: Role) -> Callable[[View[P]], View[P]]:
    """Answer 403, naming the role that is needed, to members who do not have it."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: ConsoleRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            require_role(request, role)
            return view(request, *args, **kwargs)

        guarded.required_role = role  # type: ignore[attr-defined]  # read by the matrix test
        return cast("View[P]", guarded)  # wraps() makes another type of it

    return decorate
