"""From a service's rows to the ruleset that a version keeps, and back again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from moderation.ruleset import LabelPolicy, Ruleset
from rules.models import Exemption, IgnoredVocabulary, LabelRule, Service

RULE_FIELDS = [
    "enabled",
    "medium_risk_score",
    "high_risk_score",
    "image_library_id",
    "vocabulary_id",
]


def freeze(service: Service) -> Ruleset:
    """Return the service's rules, as its rows are now, under its version."""
    return Ruleset(
        service=service.code,
        version=service.version,
        label_policies=tuple(rule.to_policy() for rule in service.label_rules.all()),
        exempt_library_ids=frozenset(service.exemptions.values_list("image_library_id", flat=True)),
        ignored_vocabulary_ids=frozenset(
            service.ignored_vocabularies.values_list("vocabulary_id", flat=True)
        ),
        max_side_px=service.definition.max_side_px,
        uses_large_model=service.definition.uses_large_model,
    )


def library_names(service: Service, ruleset: Ruleset) -> dict[str, dict[str, str]]:
    """Return the names of the libraries and vocabularies that a ruleset mentions, by id."""
    images = service.account.image_libraries.filter(
        pk__in=ruleset.blocklist_ids | ruleset.exempt_library_ids
    )
    vocabularies = service.account.vocabularies.filter(
        pk__in=ruleset.flagged_vocabulary_ids | ruleset.ignored_vocabulary_ids
    )
    return {
        "image_libraries": {str(pk): name for pk, name in images.values_list("pk", "name")},
        "vocabularies": {str(pk): name for pk, name in vocabularies.values_list("pk", "name")},
    }


def existing(service: Service, ruleset: Ruleset) -> Ruleset:
    """Return the ruleset without the libraries and vocabularies that no longer exist."""
    libraries = frozenset(service.account.image_libraries.values_list("pk", flat=True))
    vocabularies = frozenset(service.account.vocabularies.values_list("pk", flat=True))
    policies = tuple(_existing(one, libraries, vocabularies) for one in ruleset.label_policies)
    return replace(
        ruleset,
        label_policies=policies,
        exempt_library_ids=ruleset.exempt_library_ids & libraries,
        ignored_vocabulary_ids=ruleset.ignored_vocabulary_ids & vocabularies,
    )


def _existing(
    policy: LabelPolicy, libraries: frozenset[int], vocabularies: frozenset[int]
) -> LabelPolicy:
    library, vocabulary = policy.image_library_id, policy.vocabulary_id
    return replace(
        policy,
        image_library_id=library if library in libraries else None,
        vocabulary_id=vocabulary if vocabulary in vocabularies else None,
    )


def restored(service: Service, ruleset: Ruleset) -> Ruleset:
    """Return what the service's rules are once an earlier ruleset is restored.

    Labels that the earlier ruleset does not know stay as they are; what no longer exists, a
    label or a library, is left out.
    """
    current, earlier = freeze(service), existing(service, ruleset)
    return replace(
        current,
        label_policies=tuple(
            earlier.policies.get(policy.label, policy) for policy in current.label_policies
        ),
        exempt_library_ids=earlier.exempt_library_ids,
        ignored_vocabulary_ids=earlier.ignored_vocabulary_ids,
    )


def thaw(service: Service, ruleset: Ruleset) -> None:
    """Make the service's rows those of a ruleset that restored() returned."""
    rules = list(service.label_rules.all())
    for rule in rules:
        policy = ruleset.policies[rule.label]
        rule.enabled = policy.enabled
        rule.medium_risk_score = Decimal(str(policy.medium_risk_score))
        rule.high_risk_score = Decimal(str(policy.high_risk_score))
        rule.image_library_id = policy.image_library_id
        rule.vocabulary_id = policy.vocabulary_id
    LabelRule.objects.bulk_update(rules, RULE_FIELDS)
    replace_exemptions(service, ruleset.exempt_library_ids)
    replace_ignored_vocabularies(service, ruleset.ignored_vocabulary_ids)


def replace_exemptions(service: Service, library_ids: frozenset[int]) -> None:
    """Make these image libraries, and no others, the service's exemptions."""
    service.exemptions.exclude(image_library__in=library_ids).delete()
    known = set(service.exemptions.values_list("image_library_id", flat=True))
    Exemption.objects.bulk_create(
        Exemption(service=service, image_library_id=pk) for pk in sorted(library_ids - known)
    )


def replace_ignored_vocabularies(service: Service, vocabulary_ids: frozenset[int]) -> None:
    """Make the service ignore the keywords of these vocabularies and of no others."""
    service.ignored_vocabularies.exclude(vocabulary__in=vocabulary_ids).delete()
    known = set(service.ignored_vocabularies.values_list("vocabulary_id", flat=True))
    IgnoredVocabulary.objects.bulk_create(
        IgnoredVocabulary(service=service, vocabulary_id=pk)
        for pk in sorted(vocabulary_ids - known)
    )
