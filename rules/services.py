"""What writes rules: the catalogue's services, and versions of rulesets."""

from __future__ import annotations

from django.db import transaction

from console.models import Account, Member
from moderation.catalogue import ServiceDefinition, load_catalogue
from moderation.ruleset import Ruleset
from rules.models import LabelRule, RulesetVersion, Service


@transaction.atomic
def install_catalogue(*, account: Account) -> list[Service]:
    """Give the account each service of the catalogue that it lacks, with the default scope.

    Services and labels that are there already stay as they are; running it twice is harmless.
    """
    known = set(account.services.values_list("code", flat=True))
    definitions = enumerate(load_catalogue().services.values())
    return [
        _install(account, definition, position)
        for position, definition in definitions
        if definition.code not in known
    ]


def _install(account: Account, definition: ServiceDefinition, position: int) -> Service:
    service = Service.objects.create(
        account=account,
        code=definition.code,
        name=definition.name,
        built_in_code=definition.code,
        position=position,
    )
    labels = load_catalogue().labels
    LabelRule.objects.bulk_create(
        LabelRule(service=service, label=code, position=place, enabled=labels[code].default_on)
        for place, code in enumerate(definition.labels)
    )
    record_version(service=service, author=None, comment="")
    return service


@transaction.atomic
def record_version(*, service: Service, author: Member | None, comment: str) -> RulesetVersion:
    """Freeze the service's rules as its next version, which is live from the commit on."""
    service = Service.objects.select_for_update().get(pk=service.pk)
    service.version += 1
    service.save(update_fields=["version"])
    return RulesetVersion.objects.create(
        service=service,
        number=service.version,
        document=_freeze(service).to_document(),
        author=author,
        comment=comment,
    )


def _freeze(service: Service) -> Ruleset:
    return Ruleset(
        service=service.code,
        version=service.version,
        label_policies=tuple(rule.to_policy() for rule in service.label_rules.all()),
        max_side_px=service.definition.max_side_px,
        uses_large_model=service.definition.uses_large_model,
    )
