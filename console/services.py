"""What writes accounts, members, access keys and the audit log."""

from __future__ import annotations

import secrets
import string
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.db.models import F

from console import encryption, tasks
from console.errors import LastAdministrator, NameTaken
from console.models import (
    AccessKey,
    Account,
    AuditEntry,
    Author,
    Member,
    Publication,
    PublicationCounter,
    User,
)
from console.roles import Role
from console.tracing import current_trace

_KEY_ID_PREFIX = "ASSAY"
_KEY_ID_ALPHABET = string.ascii_letters + string.digits
_KEY_ID_RANDOM_CHARACTERS = 19


def create_account(*, name: str) -> Account:
    """Create an account without members; rules.services.install_catalogue() adds its services."""
    return Account.objects.create(name=name)


def locked_account(account_id: int) -> Account:
    """Return the account; who else asks for it so waits until the commit.

    What changes its rules, libraries or members asks for it before it writes or locks anything,
    so that no two of them wait for each other in a circle. Results are stored all the while.
    """
    return Account.objects.select_for_update(no_key=True).get(pk=account_id)


def set_account(*, account: Account, time_zone: str, keeps_originals: bool) -> None:
    """Change the settings of an account; the caller has checked that there is such a time zone."""
    account.time_zone = time_zone
    account.keeps_originals = keeps_originals
    account.save(update_fields=["time_zone", "keeps_originals"])


def generate_password() -> str:
    """Return a password of 16 characters that is easy to copy."""
    return secrets.token_urlsafe(12)


@transaction.atomic
def create_member(
    *,
    account: Account,
    username: str,
    password: str,
    role: Role,
    email: str = "",
    author: Member | None = None,
) -> Member:
    """Create a user who can sign in and is a member of the account.

    The caller has validated the password. Raises NameTaken if somebody has the user name.
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(username=username, email=email, password=password)
    except IntegrityError as error:
        raise NameTaken from error
    member = Member.objects.create(account=account, user=user, role=role)
    if author is not None:
        record(actor=author, action="member.create", subject=username, details={"role": role})
    return member


@transaction.atomic
def set_member_role(*, member: Member, role: Role, author: Member) -> None:
    """Give a member another role. Raises LastAdministrator if nobody could manage the account."""
    member = _locked(member)
    if member.role == role:
        return
    change = {"role": {"before": member.role, "after": role.value}}
    member.role = role
    member.save(update_fields=["role"])
    _keep_an_administrator(member)
    record(actor=author, action="member.role", subject=str(member), details=change)


@transaction.atomic
def set_member_active(*, member: Member, active: bool, author: Member) -> None:
    """Let a member sign in or not; who may not is signed out at the next request.

    Raises LastAdministrator if nobody could manage the account.
    """
    member = _locked(member)
    if member.user.is_active == active:
        return
    member.user.is_active = active
    member.user.save(update_fields=["is_active"])
    _keep_an_administrator(member)
    action = "member.reactivate" if active else "member.deactivate"
    record(actor=author, action=action, subject=str(member))


@transaction.atomic
def reset_member_password(*, member: Member, drop_second_factor: bool, author: Member) -> str:
    """Give a member a new password and return it, to be shown this once; end their sessions.

    drop_second_factor: also forget their one-time codes, security keys and recovery codes.
    """
    password = generate_password()
    member.user.set_password(password)
    member.user.save(update_fields=["password"])
    if drop_second_factor:
        Authenticator.objects.filter(user=member.user).delete()
    details = {"second_factor_dropped": drop_second_factor}
    record(actor=author, action="member.password", subject=str(member), details=details)
    return password


def _locked(member: Member) -> Member:
    """Have changes of the account's members wait for each other; return the member as it is now."""
    locked_account(member.account_id)
    return Member.objects.select_related("user").get(pk=member.pk)


def _keep_an_administrator(member: Member) -> None:
    """Undo the change of a member if it leaves the account without an administrator."""
    if not Member.objects.filter(account=member.account_id).active_administrators().exists():
        raise LastAdministrator


@transaction.atomic
def create_access_key(
    *, account: Account, name: str, author: Member | None = None, qps_limit: int | None = None
) -> tuple[AccessKey, str]:
    """Create an access key; return it with its secret, which is shown this once."""
    secret = secrets.token_urlsafe(30)
    random_part = "".join(
        secrets.choice(_KEY_ID_ALPHABET) for _ in range(_KEY_ID_RANDOM_CHARACTERS)
    )
    key = AccessKey.objects.create(
        account=account,
        key_id=_KEY_ID_PREFIX + random_part,
        encrypted_secret=encryption.encrypt(secret),
        name=name,
        created_by=author,
        qps_limit=qps_limit,
    )
    if author is not None:
        record(actor=author, action="access_key.create", subject=key.key_id, details={"name": name})
    return key, secret


@transaction.atomic
def set_access_key_enabled(*, key: AccessKey, enabled: bool, author: Member) -> None:
    """Switch an access key on or off; calls signed with it are refused from now on.

    Raises AccessKey.DoesNotExist if it was deleted meanwhile.
    """
    key.refresh_from_db(from_queryset=AccessKey.objects.select_for_update())
    key.enabled = enabled
    key.save(update_fields=["enabled"])
    action = "access_key.enable" if enabled else "access_key.disable"
    record(actor=author, action=action, subject=key.key_id)


@transaction.atomic
def delete_access_key(*, key: AccessKey, author: Member) -> None:
    """Delete an access key for good."""
    record(actor=author, action="access_key.delete", subject=key.key_id, details={"name": key.name})
    key.delete()


def finish_first_steps(*, member: Member) -> None:
    """Show the member the first steps no more."""
    member.first_steps_done = True
    member.save(update_fields=["first_steps_done"])


def record(
    *, actor: Author, action: str, subject: str, details: dict[str, Any] | None = None
) -> AuditEntry:
    """Write an entry of the audit log; call it inside the transaction of the change itself."""
    trace = current_trace()
    return AuditEntry.objects.create(
        account_id=actor.account_id,
        actor=actor if isinstance(actor, Member) else None,
        access_key=actor if isinstance(actor, AccessKey) else None,
        actor_name=actor.author_name,
        action=action,
        subject=subject,
        details=details or {},
        ip_address=trace.ip_address,
        request_id=trace.request_id,
    )


@transaction.atomic
def publish(
    *,
    account: Account,
    topic: Publication.Topic,
    subject_id: int,
    details: dict[str, Any] | None = None,
) -> Publication:
    """Have every process take over a change; call it inside the transaction of the change."""
    tasks.announce_after_commit()
    PublicationCounter.objects.get_or_create(pk=1)
    PublicationCounter.objects.filter(pk=1).update(last_number=F("last_number") + 1)
    return Publication.objects.create(
        number=PublicationCounter.objects.get(pk=1).last_number,
        account=account,
        topic=topic,
        subject_id=subject_id,
        details=details or {},
    )
