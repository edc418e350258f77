"""Accounts, the people in them, their access keys and what they did."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console import encryption
from console.roles import Role

SECOND_FACTORS = ("totp", "webauthn")  # recovery codes alone ask for nothing


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


class MemberQuerySet(models.QuerySet["Member"]):
    """Members."""

    def active_administrators(self) -> MemberQuerySet:
        """Keep those who may manage the account and can sign in."""
        return self.filter(role=Role.ADMINISTRATOR, user__is_active=True)

    def with_second_factor(self) -> MemberQuerySet:
        """Add has_second_factor: signing in takes more than the password."""
        secured = User.objects.filter(
            pk=models.OuterRef("user"), authenticator__type__in=SECOND_FACTORS
        )
        return self.annotate(has_second_factor=models.Exists(secured))


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

    objects = MemberQuerySet.as_manager()

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

    @property
    def author_name(self) -> str:
        """Return how the audit log and versions name the member, whatever becomes of them."""
        return self.name

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
    def author_name(self) -> str:
        """Return how the audit log and versions name the key, whatever becomes of it."""
        return f"{self.name} ({self.key_id})" if self.name else self.key_id

    @property
    def secret(self) -> str:
        """Return the secret in plain text, for checking a signature."""
        return encryption.decrypt(bytes(self.encrypted_secret))


Author = Member | AccessKey
"""Who changes something: somebody on the pages, or a program that signs with a key."""


class UsedNonce(models.Model):
    """A nonce that a key has used, so that a call cannot be replayed.

    digest: of the key and the nonce. It is the only index, because every call adds a row.
    """

    digest = models.BigIntegerField(primary_key=True)
    used_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.digest:x}"


class AuditEntry(models.Model):
    """Something that a member or a program changed.

    actor_name: stays when the member or the key is deleted.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="audit_entries")
    actor = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    access_key = models.ForeignKey(AccessKey, models.SET_NULL, null=True, related_name="+")
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


class PublicationCounter(models.Model):
    """The number of the newest publication; its one row is locked until the commit.

    Publications are therefore committed in the order of their numbers, and whoever has seen one
    has seen all before it.
    """

    last_number = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="publication_counter_one_row"),
        ]

    def __str__(self) -> str:
        return str(self.last_number)

    @classmethod
    def newest_number(cls) -> int:
        """Return the number of the newest publication that was committed, 0 if there is none."""
        return cls.objects.values_list("last_number", flat=True).filter(pk=1).first() or 0


class PublicationQuerySet(models.QuerySet["Publication"]):
    """Publications."""

    def of(self, topic: Publication.Topic, subject_id: int) -> PublicationQuerySet:
        """Keep those of one service, image library or vocabulary, newest first."""
        return self.filter(topic=topic, subject_id=subject_id).order_by("-number")

    def after(self, number: int) -> PublicationQuerySet:
        """Keep those that whoever has seen a number has not seen yet, oldest first."""
        return self.filter(number__gt=number).order_by("number")

    def newest_number(self) -> int:
        """Return the number of the newest, 0 if there is none."""
        return self.aggregate(newest=models.Max("number"))["newest"] or 0


class Publication(models.Model):
    """A change of rules or libraries that every process that moderates has to take over.

    details: what the topic needs, such as the version's number or the ids of the images.
    live_at: when the last process acknowledged it; None while it is pending.
    process_count: how many processes had acknowledged it by then.
    """

    class Topic(models.TextChoices):
        RULESET = "ruleset"
        IMAGES = "images"
        KEYWORDS = "keywords"

    number = models.PositiveBigIntegerField(primary_key=True)
    account = models.ForeignKey(Account, models.CASCADE, related_name="publications")
    topic = models.CharField(max_length=8, choices=Topic.choices)
    subject_id = models.BigIntegerField()
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    live_at = models.DateTimeField(null=True)
    process_count = models.PositiveSmallIntegerField(null=True)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["topic", "subject_id", "-number"], name="publication_of_subject"),
            models.Index(fields=["number"], condition=Q(live_at=None), name="publication_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.topic} {self.subject_id}"

    @property
    def seconds_to_live(self) -> float | None:
        """Return how long it took until every process had it; None while it is pending."""
        return None if self.live_at is None else (self.live_at - self.created_at).total_seconds()


PROCESS_GONE_AFTER = timedelta(seconds=15)


class ModeratingProcessQuerySet(models.QuerySet["ModeratingProcess"]):
    """Moderating processes."""

    def running(self, now: datetime | None = None) -> ModeratingProcessQuerySet:
        """Keep those that were seen a moment ago."""
        return self.filter(seen_at__gte=(now or timezone.now()) - PROCESS_GONE_AFTER)


class ModeratingProcess(models.Model):
    """A web or worker process that judges pictures, and the publications that it has taken over.

    applied_number: it has taken over this publication and all before it.
    """

    class Kind(models.TextChoices):
        WEB = "web", _("Web")
        WORKER = "worker", _("Worker")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    applied_number = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()

    objects = ModeratingProcessQuerySet.as_manager()

    class Meta:
        ordering = ["started_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.host}:{self.pid}"
