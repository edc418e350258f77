"""What has to hold before rules are saved, and the lock that keeps it so until the commit."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from console.services import locked_account
from libraries.models import ImageLibrary, Vocabulary
from moderation.ruleset import TEXT_SUFFIX, LabelPolicy, Ruleset
from rules import errors
from rules.changes import ScopeChange
from rules.models import LabelRule, Service

MIN_SCORE, MAX_SCORE = 1, 100  # percent; from programs 0 as well


def locked(service: Service, based_on: int | None) -> Service:
    """Return the service, whose account's rules and libraries nobody else changes meanwhile.

    based_on: the version that it has to have; None for any.

    Raises StaleVersion.
    """
    locked_account(service.account_id)
    service = Service.objects.select_related("account").get(pk=service.pk)
    if based_on is not None and service.version != based_on:
        raise errors.StaleVersion(based_on, service.version)
    return service


def check_scores(change: ScopeChange, rule: LabelRule) -> None:
    """Raise InvalidScope unless somebody on the pages may give a rule these scores.

    Scores that stay as they are may be any: programs have more freedom, see check_policy().
    """
    medium, high = change.medium_risk_score, change.high_risk_score
    if (medium, high) == (rule.medium_risk_score, rule.high_risk_score):
        return
    if not MIN_SCORE <= medium < high <= MAX_SCORE:
        raise errors.InvalidScope(
            change.label, f"scores {medium} and {high} are not {MIN_SCORE} ≤ medium < high ≤ 100"
        )


def check_policy(policy: LabelPolicy) -> None:
    """Raise InvalidScope unless a program may give a label this policy."""
    medium, high = policy.medium_risk_score, policy.high_risk_score
    if not 0 <= medium <= high <= MAX_SCORE:
        raise errors.InvalidScope(
            policy.label, f"scores {medium:g} and {high:g} are not 0 ≤ medium ≤ high ≤ {MAX_SCORE}"
        )
    if policy.vocabulary_id is not None:
        check_takes_vocabulary(policy.label)


def check_takes_vocabulary(label: str) -> None:
    """Raise InvalidScope unless the label is about the text in pictures."""
    if not label.endswith(TEXT_SUFFIX):
        raise errors.InvalidScope(label, f"only labels that end in {TEXT_SUFFIX} take a vocabulary")


def rules_of(service: Service, labels: Collection[str]) -> dict[str, LabelRule]:
    """Return the rules of these labels of a service; raise InvalidScope if one is not its own."""
    rules = {rule.label: rule for rule in service.label_rules.filter(label__in=labels)}
    for label in labels:
        if label not in rules:
            raise errors.InvalidScope(label, f"{service.code} has no such label")
    return rules


def check_new_libraries(service: Service, before: Ruleset, after: Ruleset) -> None:
    """Raise UnknownLibrary for what was not mentioned before and that the account lacks."""
    check_libraries(
        service,
        (after.blocklist_ids | after.exempt_library_ids)
        - (before.blocklist_ids | before.exempt_library_ids),
    )
    check_vocabularies(
        service,
        (after.flagged_vocabulary_ids | after.ignored_vocabulary_ids)
        - (before.flagged_vocabulary_ids | before.ignored_vocabulary_ids),
    )


def check_libraries(service: Service, ids: Collection[int | None]) -> None:
    """Raise UnknownLibrary unless the account has these image libraries; needs locked()."""
    _check_there(service.account.image_libraries.staying(), ids)


def check_vocabularies(service: Service, ids: Collection[int | None]) -> None:
    """Raise UnknownLibrary unless the account has these vocabularies; needs locked()."""
    _check_there(service.account.vocabularies.all(), ids)


def _check_there(
    libraries: QuerySet[ImageLibrary] | QuerySet[Vocabulary], ids: Collection[int | None]
) -> None:
    wanted = {pk for pk in ids if pk is not None}
    if missing := wanted - set(libraries.filter(pk__in=wanted).values_list("pk", flat=True)):
        raise errors.UnknownLibrary(sorted(missing))


def check_conflicts(service: Service) -> None:
    """Raise ConflictingLibrary if an image library is both exempt and linked to a label."""
    conflicts = service.account.image_libraries.filter(
        Q(exemptions__service=service) & Q(label_rules__service=service)
    )
    if names := conflicts.distinct().values_list("name", flat=True):
        raise errors.ConflictingLibrary(list(names))
