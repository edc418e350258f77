"""What writes rules: the catalogue's services, copies, and versions of rulesets."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from console.models import Account, Author, Member, Publication
from console.services import locked_account, publish, record
from libraries.models import ImageLibrary, Vocabulary
from libraries.services import keywords
from moderation.catalogue import ServiceDefinition, load_catalogue
from rules import errors
from rules.changes import ConfigurationChange, CustomLibraryChange, ScopeChange
from rules.checking import (
    check_conflicts,
    check_libraries,
    check_new_libraries,
    check_policy,
    check_scores,
    check_takes_vocabulary,
    check_vocabularies,
    locked,
    rules_of,
)
from rules.client_tokens import use_token
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
from rules.names import check_texts

MAX_AUDITED_CHANGES = 50  # the version itself has all
_CODE = re.compile(r"[A-Za-z0-9_]{1,64}")


@transaction.atomic
def install_catalogue(*, account: Account) -> list[Service]:
    """Give the account each service of the catalogue that it lacks, with the default scope.

    Services and labels that are there already stay as they are; running it twice is harmless.
    """
    locked_account(account.pk)
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
    *, source: Service, code: str | None, name: str, description: str, author: Author
) -> Service:
    """Copy a service with all its rules; from then on the two change apart.

    code: None for the lowest that is free.

    Raises InvalidCode, CodeTaken, InvalidText, or Service.DoesNotExist if it was deleted meanwhile.
    """
    check_texts(name=name, description=description)
    source = locked(source, None)
    account = source.account
    if code is None:
        code = source.next_copy_code()
    if not _CODE.fullmatch(code):
        raise errors.InvalidCode(code)
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
def change_service(
    *, service: Service, name: str | None = None, description: str | None = None, author: Author
) -> None:
    """Give a service another name or description; None for as it is.

    Raises InvalidText.
    """
    service = locked(service, None)
    before = (service.name, service.description)
    service.name = service.name if name is None else name
    service.description = service.description if description is None else description
    check_texts(name=service.name, description=service.description)
    if not service.name.strip():
        raise errors.InvalidText(_("Enter a name."))
    if (service.name, service.description) == before:
        return
    service.save(update_fields=["name", "description"])
    details = {"name": [before[0], service.name], "description": [before[1], service.description]}
    record(actor=author, action="service.change", subject=service.code, details=details)


@transaction.atomic
def delete_copy(*, service: Service, author: Author) -> None:
    """Delete a copied service with its versions; its detection results stay.

    Raises NotACopy, or Service.DoesNotExist if somebody else has deleted it.
    """
    if not service.is_copy:
        raise errors.NotACopy(service.code)
    service = locked(service, None)
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
    service = locked(service, based_on)
    rules = rules_of(service, [change.label for change in changes])
    for change in changes:
        rule = rules[change.label]
        check_scores(change, rule)
        rule.enabled = change.enabled
        rule.medium_risk_score = change.medium_risk_score
        rule.high_risk_score = change.high_risk_score
    LabelRule.objects.bulk_update(rules.values(), RULE_FIELDS)
    return _record_change(service, author, comment, "ruleset.scope")


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
    service = locked(service, based_on)
    rules = rules_of(service, [change.label for change in changes])
    check_libraries(service, [change.image_library_id for change in changes])
    check_vocabularies(service, [change.vocabulary_id for change in changes])
    for change in changes:
        if change.vocabulary_id is not None:
            check_takes_vocabulary(change.label)
        rules[change.label].image_library_id = change.image_library_id
        rules[change.label].vocabulary_id = change.vocabulary_id
    LabelRule.objects.bulk_update(rules.values(), RULE_FIELDS)
    check_conflicts(service)
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
    service = locked(service, based_on)
    check_libraries(service, library_ids)
    replace_exemptions(service, frozenset(library_ids))
    check_conflicts(service)
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
    service = locked(service, based_on)
    check_vocabularies(service, vocabulary_ids)
    replace_ignored_vocabularies(service, frozenset(vocabulary_ids))
    return _record_change(service, author, comment, "ruleset.vocabularies")


@transaction.atomic
def save_configuration(
    *,
    service: Service,
    change: ConfigurationChange,
    author: Author,
    comment: str = "",
    token: str = "",
    dry_run: bool = False,
) -> RulesetVersion | None:
    """Change several things at once on top of the newest version, whichever that is.

    token: if it is not empty, the same again changes nothing for 24 hours.
    dry_run: check it all and change nothing.

    Returns the version that was recorded and is published after the commit, None if no rule
    differs. Raises InvalidScope, UnknownLibrary or ConflictingLibrary; nothing is changed then.
    """
    service = locked(service, None)
    if token and not use_token(service, token):
        return None
    current = freeze(service)
    target = change.applied_to(current)
    for policy in target.label_policies:
        if policy != current.policies[policy.label]:
            check_policy(policy)
    check_new_libraries(service, current, target)
    thaw(service, target)
    check_conflicts(service)
    check_vocabularies(service, change.kept_vocabulary_ids)
    if dry_run:
        transaction.set_rollback(True)
        return None
    _keep(service, change, author)
    try:
        return _record_change(service, author, comment, "ruleset.configuration")
    except errors.NothingToSave:
        return None


def _keep(service: Service, change: ConfigurationChange, author: Author) -> None:
    """Store what is only kept for programs, with an entry of the audit log if it differs."""
    kept = {**service.kept_settings, **change.kept_settings}
    if kept == service.kept_settings:
        return
    service.kept_settings = kept
    service.save(update_fields=["kept_settings"])
    details = dict(change.kept_settings)
    record(actor=author, action="service.keep", subject=service.code, details=details)


@transaction.atomic
def delete_vocabulary_everywhere(
    *, vocabulary: Vocabulary, author: Author, comment: str = ""
) -> list[RulesetVersion]:
    """Take a vocabulary out of every rule that uses it, as new versions, then delete it.

    Raises Vocabulary.DoesNotExist if it was deleted meanwhile.
    """
    locked_account(vocabulary.account_id)  # so nobody links it anew until the commit
    versions = []
    for service in vocabulary.account.services.order_by("pk"):
        rules = service.label_rules.filter(vocabulary=vocabulary).update(vocabulary=None)
        ignored = service.ignored_vocabularies.filter(vocabulary=vocabulary).delete()[0]
        if rules or ignored:
            current = locked(service, None)
            versions.append(_record_change(current, author, comment, "ruleset.vocabularies"))
    keywords.delete_vocabulary(vocabulary=vocabulary, author=author)
    return versions


@transaction.atomic
def exempt_everywhere(
    *, library: ImageLibrary, is_exempt: bool, author: Author, comment: str = ""
) -> list[RulesetVersion]:
    """Make an image library an exemption of every service, or of none, as new versions.

    Raises ConflictingLibrary if it sets a label of a service, UnknownLibrary if it was deleted
    meanwhile; nothing is changed then.
    """
    locked_account(library.account_id)
    change = ConfigurationChange(exemptions={library.pk: is_exempt})
    versions = [
        save_configuration(service=service, change=change, author=author, comment=comment)
        for service in library.account.services.order_by("pk")
    ]
    return [version for version in versions if version is not None]


@transaction.atomic
def restore_version(
    *, version: RulesetVersion, based_on: int, author: Author, comment: str = ""
) -> RulesetVersion:
    """Make the rules those of an earlier version, as a new version, and publish it.

    Labels and libraries that no longer exist are left out.

    Raises StaleVersion, UnknownLibrary if one is deleted at the same moment, ConflictingLibrary or
    NothingToSave.
    """
    service = locked(version.service, based_on)
    target = restored(service, version.ruleset)
    check_libraries(service, target.blocklist_ids | target.exempt_library_ids)
    check_vocabularies(service, target.flagged_vocabulary_ids | target.ignored_vocabulary_ids)
    thaw(service, target)
    check_conflicts(service)
    return _record_change(
        service, author, comment, "ruleset.restore", restored_version=version.number
    )


@transaction.atomic
def record_version(*, service: Service, author: Author | None, comment: str) -> RulesetVersion:
    """Freeze the service's rules as its next version and publish it; needs locked()."""
    service = Service.objects.get(pk=service.pk)
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
