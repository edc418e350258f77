"""Moderated pictures as stored, with the verdict and everything that it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.models import AccessKey, Account, Member
from moderation.risk import RiskLevel
from results.feedback_models import Feedback
from results.ids import first_id_of, new_result_id

__all__ = ["DetectionResult", "Feedback", "ResultLabel", "UncountedResult"]

MAX_LISTED = 50_000


class DetectionResultQuerySet(models.QuerySet["DetectionResult"]):
    """Detection results."""

    def newest_first(self) -> DetectionResultQuerySet:
        """Order by time, newest first; ids grow with time."""
        return self.order_by("-pk")

    def with_request_id(self, request_id: str) -> DetectionResultQuerySet:
        """Keep the result of one request; upper and lower case are the same."""
        return self.filter(request_id=request_id.strip().upper())

    def with_request_ids(self, request_ids: Sequence[str]) -> DetectionResultQuerySet:
        """Keep the results of some requests.

        They are looked up on their own: beside an account, SQLite would read all that it has.
        """
        possible = filter(str.isprintable, request_ids)  # databases refuse null characters
        found = DetectionResult.objects.filter(request_id__in=list(possible)).order_by()
        return self.filter(pk__in=found.values("pk"))

    def expired(self) -> DetectionResultQuerySet:
        """Keep the results that are older than results are kept."""
        oldest = timezone.now() - timedelta(days=settings.RESULT_LIFETIME_DAYS)
        return self.filter(pk__lt=first_id_of(oldest))

    def listed(self) -> DetectionResultQuerySet:
        """Keep what the console lists: the newest MAX_LISTED that have not expired."""
        oldest = timezone.now() - timedelta(days=settings.RESULT_LIFETIME_DAYS)
        kept = self.filter(pk__gte=first_id_of(oldest))
        ids = kept.newest_first().values_list("pk", flat=True)
        last = next(iter(ids[MAX_LISTED - 1 : MAX_LISTED]), None)
        return kept if last is None else kept.filter(pk__gte=last)


class DetectionResult(models.Model):
    """One moderated picture as stored, with its verdict and ruleset version."""

    class Source(models.TextChoices):
        API = "api", _("API")
        TEST = "test", _("Online test")

    class Risk(models.TextChoices):
        HIGH = RiskLevel.HIGH.value, _("High")
        MEDIUM = RiskLevel.MEDIUM.value, _("Medium")
        LOW = RiskLevel.LOW.value, _("Low")
        NONE = RiskLevel.NONE.value, _("Safe")

    id = models.BigIntegerField(primary_key=True, default=new_result_id, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="results", db_index=False)
    request_id = models.CharField(_("request ID"), max_length=36, unique=True)
    data_id = models.CharField(_("data ID"), max_length=64, blank=True)
    service_code = models.CharField(_("service"), max_length=64)
    ruleset_version = models.PositiveIntegerField(_("ruleset version"))
    policy_number = models.PositiveBigIntegerField(
        default=0,
        help_text=_("The newest publication of rules and libraries that the verdict rests on."),
    )
    source = models.CharField(_("source"), max_length=4, choices=Source.choices)
    access_key = models.ForeignKey(
        AccessKey, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    risk_level = models.CharField(_("risk"), max_length=6, choices=Risk.choices)
    labels = models.JSONField(help_text=_("The returned labels, most serious first."))
    findings = models.JSONField(help_text=_("What the verdict rests on; see results.records."))
    fingerprint = models.BinaryField()
    picture_name = models.CharField(max_length=2048, blank=True)
    picture_format = models.CharField(max_length=8)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    duration_ms = models.FloatField()
    steps = models.JSONField(help_text=_("Name and milliseconds of each step."))
    thumbnail = models.FileField(upload_to="results/")
    preview = models.FileField(upload_to="results/")
    original = models.FileField(upload_to="results/", blank=True)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    objects = DetectionResultQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        # Those that end with more than "-id" answer how many there are of each risk by themselves.
        indexes = [
            models.Index(
                fields=["account", "-id", "risk_level", "source"], name="result_by_account"
            ),
            models.Index(
                fields=["account", "service_code", "-id", "risk_level", "source"],
                name="result_by_service",
            ),
            models.Index(
                fields=["account", "service_code", "ruleset_version", "-id", "risk_level"],
                name="result_by_version",
            ),
            models.Index(fields=["account", "data_id", "-id"], name="result_data_id"),
            models.Index(
                fields=["account", "-id", "risk_level"],
                condition=~Q(risk_level=RiskLevel.NONE.value),
                name="result_hits",
            ),
            models.Index(
                fields=["account", "service_code", "-id", "risk_level"],
                condition=~Q(risk_level=RiskLevel.NONE.value),
                name="result_hits_of_service",
            ),
            models.Index(
                fields=["account", "risk_level", "-id"],
                condition=~Q(risk_level=RiskLevel.NONE.value),
                name="result_hits_of_risk",
            ),
            models.Index(
                fields=["account", "service_code", "risk_level", "-id"],
                condition=~Q(risk_level=RiskLevel.NONE.value),
                name="result_hits_of_both",
            ),
            models.Index(
                fields=["account", "source", "-id", "risk_level"],
                condition=Q(source="test"),
                name="result_tests",
            ),
        ]

    def __str__(self) -> str:
        return self.request_id

    @property
    def said(self) -> Feedback | None:
        """Return the feedback on the result, if there is any; needs select_related()."""
        said: Feedback | None = getattr(self, "feedback", None)
        return said

    @property
    def feedback_kind(self) -> str:
        """Return what was said of it, empty if nothing was."""
        return self.said.kind if self.said else ""


class ResultLabel(models.Model):
    """One returned label of one result, so that results are found by label.

    It repeats what else a search may ask of the result, its risk too, so that one index
    answers it.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    service_code = models.CharField(max_length=64)
    label = models.CharField(max_length=68)
    result = models.ForeignKey(
        DetectionResult, models.CASCADE, related_name="result_labels", db_index=False
    )
    risk_level = models.CharField(max_length=6)
    source = models.CharField(max_length=4)
    ruleset_version = models.PositiveIntegerField()
    confidence = models.FloatField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["account", "label", "-result", "risk_level", "source"],
                name="result_label_by_account",
            ),
            models.Index(
                fields=[
                    "account",
                    "service_code",
                    "label",
                    "-result",
                    "risk_level",
                    "ruleset_version",
                    "source",
                ],
                name="result_label_by_service",
            ),
        ]
        constraints = [
            models.UniqueConstraint("result", "label", name="result_label_once_per_result"),
        ]

    def __str__(self) -> str:
        return f"{self.result_id} {self.label}"

    @classmethod
    def rows_of(cls, result: DetectionResult) -> list[ResultLabel]:
        """Return the rows, not stored yet, of the labels that a result returned."""
        return [
            cls(
                account_id=result.account_id,
                service_code=result.service_code,
                label=label["label"],
                result=result,
                risk_level=result.risk_level,
                source=result.source,
                ruleset_version=result.ruleset_version,
                confidence=label["confidence"],
            )
            for label in result.labels
        ]


class UncountedResult(models.Model):
    """What the usage statistics need to know of one result that they have not counted yet.

    Written in the transaction that stores the result, and deleted in the one that adds it to the
    statistics (stats.rolling_up): between them every result is here or there, never both.
    There is no foreign key, so that a result which is deleted early is counted all the same.

    id: the result's.
    date: its day in the time zone that its account had then; a later change moves nothing.
    labels: comma-separated.
    """

    id = models.BigIntegerField(primary_key=True)
    account = models.ForeignKey(
        Account, models.CASCADE, related_name="uncounted_results", db_index=False
    )
    date = models.DateField()
    service_code = models.CharField(max_length=64)
    source = models.CharField(max_length=4, choices=DetectionResult.Source.choices)
    risk_level = models.CharField(max_length=6, choices=DetectionResult.Risk.choices)
    labels = models.TextField()

    class Meta:
        # It answers what the statistics ask by itself, in case that millions wait to be counted.
        indexes = [
            models.Index(
                fields=["account", "date", "service_code", "labels", "risk_level"],
                name="uncounted_usage",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SavedSearch(models.Model):
    """Filters of the list that a member keeps under a name.

    query: the filters as the address has them.
    """

    member = models.ForeignKey(Member, models.CASCADE, related_name="saved_searches")
    name = models.CharField(max_length=60)
    query = models.TextField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("member", Lower("name"), name="saved_search_name_once"),
        ]

    def __str__(self) -> str:
        return self.name
