"""What people and programs say of results: that one is wrong, and what came of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.models import AccessKey, Account, Member
from console.roles import Role

MAX_NOTE_CHARACTERS = 500


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    """Feedback."""

    def newest_first(self) -> FeedbackQuerySet:
        """Order by the time at which it was given, newest first."""
        return self.order_by("-given_at", "-pk")

    def seen_by(self, member: Member) -> FeedbackQuerySet:
        """Keep what a member may deal with: all of the account, or what they gave themselves."""
        kept = self.filter(account=member.account_id)
        return kept if member.may(Role.POLICY_MANAGER) else kept.filter(reporter=member)

    def with_result(self) -> FeedbackQuerySet:
        """Load the result of each, without what only its details need."""
        unneeded = ("findings", "fingerprint", "steps")
        return self.select_related("result").defer(*(f"result__{name}" for name in unneeded))

    def waiting(self) -> FeedbackQuerySet:
        """Keep what nobody has resolved yet."""
        return self.filter(state=Feedback.State.OPEN)


class Feedback(models.Model):
    """False Positive or Missed Violation, said of one result; what is said next replaces it.

    It goes with its result: without the picture nobody can judge it. The audit log keeps what was
    said and done.

    labels: those that were missed, or that should not have been returned; often none.
    reporter_name, resolver_name: stay when the member or the key is deleted.
    """

    class Kind(models.TextChoices):
        FALSE_POSITIVE = "false_positive", _("False positive")
        MISSED_VIOLATION = "missed_violation", _("Missed violation")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        FIXED_RULE = "fixed_rule", _("Fixed rule")
        ADDED_TO_LIBRARY = "added_to_library", _("Added to library")
        AS_INTENDED = "as_intended", _("Works as intended")

    account = models.ForeignKey(Account, models.CASCADE, related_name="feedback", db_index=False)
    result = models.OneToOneField(
        "results.DetectionResult", models.CASCADE, related_name="feedback"
    )
    kind = models.CharField(_("feedback"), max_length=16, choices=Kind.choices)
    labels = models.JSONField(_("labels"), default=list)
    note = models.CharField(_("note"), max_length=MAX_NOTE_CHARACTERS, blank=True)
    reporter = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    access_key = models.ForeignKey(AccessKey, models.SET_NULL, null=True, related_name="+")
    reporter_name = models.CharField(max_length=150)
    given_at = models.DateTimeField(_("given"), default=timezone.now)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.OPEN)
    resolver = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    resolver_name = models.CharField(max_length=150, blank=True)
    resolved_at = models.DateTimeField(null=True)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at", "-pk"]
        indexes = [
            models.Index(fields=["account", "-given_at", "-id"], name="feedback_newest"),
            models.Index(fields=["account", "state", "-given_at"], name="feedback_by_state"),
            models.Index(fields=["account", "kind", "-result"], name="feedback_by_kind"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["false_positive", "missed_violation"]),
                name="feedback_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(state="open", resolved_at=None)
                | (~Q(state="open") & Q(resolved_at__isnull=False)),
                name="feedback_resolved_at_some_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.result_id}"

    @property
    def is_open(self) -> bool:
        """Say whether nobody has resolved it yet."""
        return self.state == Feedback.State.OPEN
