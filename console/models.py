"""Accounts, the people in them, their access keys and what they did."""

from __future__ import annotations

import secrets

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from console import encryption
from console.roles import Role


def new_account_uid() -> str:
    """Return sixteen random digits that do not start with a zero."""
    return str(secrets.randbelow(9 * 10**15) + 10**15)


class Account(models.Model):
    """A tenant: owns services, results, members and access keys."""

    uid = models.CharField(_("UID"), max_length=16, unique=True, default=new_account_uid)
    name = models.CharField(_("name"), max_length=80, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    keeps_originals = models.BooleanField(
        _("keep original pictures"),
        default=False,
        help_text=_("Store the picture as it was sent beside each detection result."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """Somebody who can sign in."""


class Member(models.Model):
    """A user in an account, with one role and preferences for the pages."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class Blur(models.TextChoices):
        BLUR = "blur", _("Blurred")
        GRAYSCALE = "grayscale", _("Blurred and gray")
        OFF = "off", _("Shown")

    account = models.ForeignKey(Account, models.CASCADE, related_name="members")
    user = models.OneToOneField(User, models.CASCADE, related_name="member")
    role = models.CharField(_("role"), max_length=16, choices=Role.choices, default=Role.VIEWER)
    theme = models.CharField(max_length=8, choices=Theme.choices, default=Theme.SYSTEM)
    blur = models.CharField(max_length=9, choices=Blur.choices, default=Blur.BLUR)
    single_key_shortcuts = models.BooleanField(_("single-key shortcuts"), default=True)
    first_steps_done = models.BooleanField(
        default=False, help_text=_("The overview shows its first steps no more.")
    )

    class Meta:
        ordering = ["user__username"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="member_role_known"),
        ]

    def __str__(self) -> str:
        return self.user.get_username()

    @property
    def name(self) -> str:
        """Return the full name, or the user name if there is none."""
        return self.user.get_full_name() or self.user.get_username()

    def may(self, role: Role) -> bool:
        """Say whether the member's role includes all that the given role may do."""
        return Role(self.role).includes(role)


class AccessKeyQuerySet(models.QuerySet["AccessKey"]):
    """Access keys."""

    def newest_first(self) -> AccessKeyQuerySet:
        """Order by the time of creation, newest first."""
        return self.order_by("-created_at", "-pk")


class AccessKey(models.Model):
    """An id and a secret with which programs sign their calls."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="access_keys")
    key_id = models.CharField(_("access key ID"), max_length=32, unique=True)
    encrypted_secret = models.BinaryField()
    name = models.CharField(_("name"), max_length=80, blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    qps_limit = models.PositiveIntegerField(
        _("calls per second"),
        null=True,
        blank=True,
        help_text=_("Empty for the limit of the service."),
    )
    created_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)

    objects = AccessKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.key_id

    @property
    def secret(self) -> str:
        """Return the secret in plain text, for checking a signature."""
        return encryption.decrypt(bytes(self.encrypted_secret))


class UsedNonce(models.Model):
    """A nonce that a key has used, so that a call cannot be replayed."""

    access_key = models.ForeignKey(AccessKey, models.CASCADE, related_name="+", db_index=False)
    nonce = models.CharField(max_length=128)
    used_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("access_key", "nonce", name="used_nonce_once_per_key"),
        ]

    def __str__(self) -> str:
        return self.nonce


class AuditEntry(models.Model):
    """Something that a member changed."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="audit_entries")
    actor = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=150)
    action = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    details = models.JSONField(default=dict)
    ip_address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=36, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["account", "-id"], name="audit_entry_newest")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
