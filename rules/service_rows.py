"""The services of an account as the list shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F

from console.models import Account, Publication
from console.publication import PublicationState, publication_states
from rules.models import RulesetVersion, Service


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service with its newest version and how far that has come."""

    service: Service
    version: RulesetVersion
    state: PublicationState


def service_rows(account: Account, services: Sequence[Service]) -> list[ServiceRow]:
    """Return the services with their newest versions, in the same order."""
    newest = RulesetVersion.objects.filter(service__account=account, number=F("service__version"))
    versions = {one.service_id: one for one in newest.select_related("author__user")}
    states = publication_states(Publication.Topic.RULESET, [one.pk for one in services])
    return [ServiceRow(one, versions[one.pk], states[one.pk]) for one in services]
