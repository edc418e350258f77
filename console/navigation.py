"""The pages of the sidebar, as data."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.models import Member
from console.roles import Role


@dataclass(frozen=True, slots=True)
class NavItem:
    """A page of the sidebar.

    url: the item is current on everything below it too.
    role: members whose role does not include it do not see the item.
    shortcut: the letter that opens it after "g", empty if none.
    """

    title: str | Promise
    url: str
    icon: str
    role: Role = Role.VIEWER
    shortcut: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Items under one heading; the first group has none."""

    title: str | Promise
    items: tuple[NavItem, ...]


NAV_GROUPS = (
    NavGroup(
        "",
        (
            NavItem(_("Overview"), "/", "layout-dashboard", shortcut="o"),
            NavItem(_("Online test"), "/test/", "scan-search", Role.MODERATOR, "t"),
        ),
    ),
    NavGroup(
        _("Policy"),
        (
            NavItem(_("Rules"), "/rules/", "sliders-horizontal", shortcut="r"),
            NavItem(_("Image libraries"), "/libraries/images/", "images", shortcut="l"),
            NavItem(_("Keyword libraries"), "/libraries/keywords/", "book-a", shortcut="k"),
            NavItem(_("Coverage"), "/rules/coverage/", "shield-half", shortcut="c"),
        ),
    ),
    NavGroup(
        _("Monitor"),
        (
            NavItem(_("Detection results"), "/results/", "list-filter", shortcut="d"),
            NavItem(_("Usage statistics"), "/usage/", "chart-column", shortcut="u"),
            NavItem(_("Feedback"), "/feedback/", "flag", Role.MODERATOR),
        ),
    ),
    NavGroup(
        _("Administration"),
        (
            NavItem(_("API"), "/api/", "code-xml", shortcut="a"),
            NavItem(_("Access keys"), "/keys/", "key-round", Role.ADMINISTRATOR),
            NavItem(_("Members and roles"), "/members/", "users", Role.ADMINISTRATOR),
            NavItem(_("Audit log"), "/audit/", "history", Role.POLICY_MANAGER),
            NavItem(_("System health"), "/health/", "activity", Role.ADMINISTRATOR),
        ),
    ),
)


def nav_groups(member: Member, path: str) -> list[NavGroup]:
    """Return what the member's role may use, with the item of the path marked."""
    current = _current_url(path)
    groups = [
        replace(
            group,
            items=tuple(
                replace(item, is_current=item.url == current)
                for item in group.items
                if member.may(item.role)
            ),
        )
        for group in NAV_GROUPS
    ]
    return [group for group in groups if group.items]


def _current_url(path: str) -> str:
    """Return the longest address of an item that the path is at or below."""
    urls = [item.url for group in NAV_GROUPS for item in group.items]
    at_or_above = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    return max(at_or_above, key=len, default="")
