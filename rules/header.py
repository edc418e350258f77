"""What stands above the four tabs of a service's rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.models import Member, Publication
from console.publication import PublicationState, publication_state
from console.roles import Role
from rules.models import RulesetVersion, Service

_TABS = (
    ("scope", _("Detection scope"), "rules:service"),
    ("exemptions", _("Exemption configuration"), "rules:exemptions"),
    ("vocabularies", _("Ignored vocabularies"), "rules:ignored_vocabularies"),
    ("history", _("Change history"), "rules:history"),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """A link to one part of a service's rules."""

    title: str | Promise
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Header:
    """A service's newest version and how far it has come, with what the member may do."""

    version: RulesetVersion
    state: PublicationState
    tabs: list[Tab]
    may_edit: bool
    may_test: bool


def header_context(service: Service, member: Member, *, tab: str) -> dict[str, Any]:
    """Return what templates/rules/_header.html needs; tab is the code of the one that is open."""
    header = Header(
        version=service.newest_version,
        state=publication_state(Publication.Topic.RULESET, service.pk),
        tabs=_tabs(service, tab),
        may_edit=member.may(Role.POLICY_MANAGER),
        may_test=member.may(Role.MODERATOR),
    )
    return {"service": service, "header": header}


def _tabs(service: Service, current: str) -> list[Tab]:
    return [
        Tab(title, reverse(name, args=[service.code]), is_current=code == current)
        for code, title, name in _TABS
    ]
