"""What writes rules: the catalogue's services, copies, and versions of rulesets."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Q, QuerySet

from console.models import Account, Author, Member, Publication
from console.services import publish, record
from libraries.models import ImageLibrary, Vocabulary
from moderation.catalogue import ServiceDefinition, load_catalogue
from moderation.ruleset import TEXT_SUFFIX
from rules import errors
from rules.changes import CustomLibraryChange, ScopeChange
from rules.differences import between
from rules.freezing import (
    RULE_FIELDS,
    freeze,
    library_names,
    replace_exemptions,
    replace_ignored_vocabularies,
    restored,
    thaw,
)
from rules.models import LabelRule, RulesetVersion, Service

MIN_SCORE, MAX_SCORE = 1, 100  # percent
MAX_AUDITED_CHANGES = 50  # the version itself has all
_CODE = re.compile(r"[A-Za-z0-9_]{1,64}")


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
def copy_service(
    *, source: Service, code: str, name: str, description: str, author: Author
) -> Service:
    """Copy a service with all its rules; from then on the two change apart.

    Raises InvalidCode or CodeTaken.
    """
    if not _CODE.fullmatch(code):
        raise errors.InvalidCode(code)
    account = Account.objects.select_for_update().get(pk=source.account_id)
    if account.services.filter(code=code).exists():
        raise errors.CodeTaken(code)
    copy = Service.objects.create(
        account=account,
        code=code,
        name=name,
        description=description,
        built_in_code=source.built_in_code,
        position=source.position,
    )
    LabelRule.objects.bulk_create(_copied_rules(source, copy))
    replace_exemptions(copy, freeze(source).exempt_library_ids)
    replace_ignored_vocabularies(copy, freeze(source).ignored_vocabulary_ids)
    record_version(service=copy, author=author, comment="")
    record(actor=author, action="service.copy", subject=code, details={"source": source.code})
    return copy


def _copied_rules(source: Service, copy: Service) -> list[LabelRule]:
    rules = list(source.label_rules.all())
    for rule in rules:
        rule.pk = None
        rule.service = copy
    return rules


@transaction.atomic
def delete_copy(*, service: Service, author: Author) -> None:
    """Delete a copied service with its versions; its detection results stay.

    Raises NotACopy.
    """
    if not service.is_copy:
        raise errors.NotACopy(service.code)
    record(actor=author, action="service.delete", subject=service.code)
    publish(
        account=service.account,
        topic=Publication.Topic.RULESET,
        subject_id=service.pk,
        details={"version": None},
    )
    service.delete()


@transaction.atomic
def save_scope(
    *,
    service: Service,
    changes: Sequence[ScopeChange],
    based_on: int,
    author: Author,
    comment: str = "",
) -> RulesetVersion:
    """Change what a service looks for, record the version and publish it after the commit.

    changes: one for each label that differs, or more.
    based_on: the version number that the author was looking at.

    Raises StaleVersion, InvalidScope, or NothingToSave if no value differs.
    """
    service = _locked(service, based_on)
    rules = _rules_of(service, [change.label for change in changes])
    for change in changes:
        _check_scores(change)
        rule = rules[change.label]
        rule.enabled = change.enabled
        rule.medium_risk_score = change.medium_risk_score
        rule.high_risk_score = change.high_risk_score
    LabelRule.objects.bulk_update(rules.values(), RULE_FIELDS)
    return _record_change(service, author, comment, "ruleset.scope")


def _check_scores(change: ScopeChange) -> None:
    medium, high = change.medium_risk_score, change.high_risk_score
    if not MIN_SCORE <= medium < high <= MAX_SCORE:
        raise errors.InvalidScope(
            change.label, f"scores {medium} and {high} are not {MIN_SCORE} ≤ medium < high ≤ 100"
        )


@transaction.atomic
def save_custom_libraries(
    *,
    service: Service,
    changes: Sequence[CustomLibraryChange],
    based_on: int,
    author: Author,
    comment: str = "",
) -> RulesetVersion:
    """Change which library and vocabulary labels are set by, record the version and publish it.

    Raises StaleVersion, InvalidScope, UnknownLibrary, ConflictingLibrary or NothingToSave.
    """
    service = _locked(service, based_on)
    rules = _rules_of(service, [change.label for change in changes])
    _check_libraries(service, [change.image_library_id for change in changes])
    _check_vocabularies(service, [change.vocabulary_id for change in changes])
    for change in changes:
        if change.vocabulary_id is not None and not change.label.endswith(TEXT_SUFFIX):
            raise errors.InvalidScope(change.label, "only labels of text take a vocabulary")
        rules[change.label].image_library_id = change.image_library_id
        rules[change.label].vocabulary_id = change.vocabulary_id
    LabelRule.objects.bulk_update(rules.values(), RULE_FIELDS)
    _check_conflicts(service)
    return _record_change(service, author, comment, "ruleset.libraries")


@transaction.atomic
def save_exemptions(
    *,
    service: Service,
    library_ids: Collection[int],
    based_on: int,
    author: Author,
    comment: str = "",
) -> RulesetVersion:
    """Make these image libraries the service's exemptions, record the version and publish it.

    Raises StaleVersion, UnknownLibrary, ConflictingLibrary or NothingToSave.
    """
    service = _locked(service, based_on)
    _check_libraries(service, library_ids)
    replace_exemptions(service, frozenset(library_ids))
    _check_conflicts(service)
    return _record_change(service, author, comment, "ruleset.exemptions")


@transaction.atomic
def save_ignored_vocabularies(
    *,
    service: Service,
    vocabulary_ids: Collection[int],
    based_on: int,
    author: Author,
    comment: str = "",
) -> RulesetVersion:
    """Make the service ignore these vocabularies, record the version and publish it.

    Raises StaleVersion, UnknownLibrary or NothingToSave.
    """
    service = _locked(service, based_on)
    _check_vocabularies(service, vocabulary_ids)
    replace_ignored_vocabularies(service, frozenset(vocabulary_ids))
    return _record_change(service, author, comment, "ruleset.vocabularies")


@transaction.atomic
def restore_version(
    *, version: RulesetVersion, based_on: int, author: Author, comment: str = ""
) -> RulesetVersion:
    """Make the rules those of an earlier version, as a new version, and publish it.

    Labels and libraries that no longer exist are left out.

    Raises StaleVersion, UnknownLibrary if one is deleted at the same moment, ConflictingLibrary or
    NothingToSave.
    """
    service = _locked(version.service, based_on)
    target = restored(service, version.ruleset)
    _check_libraries(service, target.blocklist_ids | target.exempt_library_ids)
    _check_vocabularies(service, target.flagged_vocabulary_ids | target.ignored_vocabulary_ids)
    thaw(service, target)
    _check_conflicts(service)
    return _record_change(
        service, author, comment, "ruleset.restore", restored_version=version.number
    )


@transaction.atomic
def record_version(*, service: Service, author: Author | None, comment: str) -> RulesetVersion:
    """Freeze the service's rules as its next version and publish it."""
    service = Service.objects.select_for_update().get(pk=service.pk)
    service.version += 1
    service.save(update_fields=["version"])
    ruleset = freeze(service)
    publish(
        account=service.account,
        topic=Publication.Topic.RULESET,
        subject_id=service.pk,
        details={"version": service.version},
    )
    return RulesetVersion.objects.create(
        service=service,
        number=service.version,
        document=ruleset.to_document(),
        names=library_names(service, ruleset),
        author=author if isinstance(author, Member) else None,
        author_name=author.author_name if author else "",
        comment=comment,
    )


def _locked(service: Service, based_on: int) -> Service:
    """Return the service, which nobody else can change until the commit."""
    service = Service.objects.select_for_update().select_related("account").get(pk=service.pk)
    if service.version != based_on:
        raise errors.StaleVersion(based_on, service.version)
    return service


def _rules_of(service: Service, labels: Collection[str]) -> dict[str, LabelRule]:
    rules = {rule.label: rule for rule in service.label_rules.filter(label__in=labels)}
    for label in labels:
        if label not in rules:
            raise errors.InvalidScope(label, f"{service.code} has no such label")
    return rules


def _check_libraries(service: Service, ids: Collection[int | None]) -> None:
    _check_there(service.account.image_libraries.staying(), ids)


def _check_vocabularies(service: Service, ids: Collection[int | None]) -> None:
    _check_there(service.account.vocabularies.all(), ids)


def _check_there(
    libraries: QuerySet[ImageLibrary] | QuerySet[Vocabulary], ids: Collection[int | None]
) -> None:
    """Keep these libraries from being deleted until the commit; raise UnknownLibrary."""
    wanted = {pk for pk in ids if pk is not None}
    found = libraries.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True)
    if missing := wanted - set(found.values_list("pk", flat=True)):
        raise errors.UnknownLibrary(sorted(missing))


def _check_conflicts(service: Service) -> None:
    conflicts = service.account.image_libraries.filter(
        Q(exemptions__service=service) & Q(label_rules__service=service)
    )
    if names := conflicts.distinct().values_list("name", flat=True):
        raise errors.ConflictingLibrary(list(names))


def _record_change(
    service: Service, author: Author, comment: str, action: str, **details: int
) -> RulesetVersion:
    """Record the version if it differs from the newest, with an entry of the audit log."""
    newest = service.versions.get(number=service.version)
    if freeze(service) == newest.ruleset:
        raise errors.NothingToSave(service.code)
    version = record_version(service=service, author=author, comment=comment)
    changed = between(newest, version).to_details(limit=MAX_AUDITED_CHANGES)
    record(
        actor=author,
        action=action,
        subject=service.code,
        details={"version": version.number, **details, **changed},
    )
    return version
