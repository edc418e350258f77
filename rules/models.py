"""Services, what each looks for, and every version of that."""

from __future__ import annotations

from itertools import count

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.models import Account, Member
from libraries.models import ImageLibrary, Vocabulary
from moderation.catalogue import ServiceDefinition, load_catalogue
from moderation.ruleset import TEXT_SUFFIX, LabelPolicy, Ruleset


class ServiceQuerySet(models.QuerySet["Service"]):
    """Services."""

    def by_code(self) -> ServiceQuerySet:
        """Order built-in services as the catalogue does, each followed by its copies."""
        return self.order_by("position", "code")

    def with_saved_at(self) -> ServiceQuerySet:
        """Add saved_at, when the newest version of each was saved."""
        newest = RulesetVersion.objects.filter(service=OuterRef("pk"), number=OuterRef("version"))
        return self.annotate(saved_at=Subquery(newest.values("created_at")))


class Service(models.Model):
    """A moderation product that a caller names in a request; may be a copy of another."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="services")
    code = models.CharField(_("service code"), max_length=64)
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=300, blank=True)
    built_in_code = models.CharField(
        max_length=64, help_text=_("The catalogue's service that it is, or was copied from.")
    )
    position = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    kept_settings = models.JSONField(
        default=dict, help_text=_("What programs store and read again; nothing here goes by it.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint("account", "code", name="service_code_once_per_account"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def definition(self) -> ServiceDefinition:
        """Return what the catalogue says of the service, or of the one it was copied from."""
        return load_catalogue().services[self.built_in_code]

    @property
    def is_copy(self) -> bool:
        """Say whether somebody copied it from a built-in service."""
        return self.code != self.built_in_code

    def is_named_like(self, text: str) -> bool:
        """Say whether its code or its name, in the language of the page, contains the text."""
        wanted = text.strip().casefold()
        return any(wanted in name.casefold() for name in (self.code, self.name, self.title))

    @property
    def title(self) -> str:
        """Return its name in the language of the page; a copy's as somebody entered it."""
        if self.is_copy:
            return self.name or self.code
        return gettext(self.name)

    @cached_property
    def newest_version(self) -> RulesetVersion:
        """Return the version that counts."""
        return self.versions.select_related("author__user").get(number=self.version)

    def next_copy_code(self) -> str:
        """Return the lowest free code for a copy: that of the built-in service, and a number."""
        taken = set(self.account.services.values_list("code", flat=True))
        codes = (f"{self.built_in_code}_{number:02}" for number in count(1))
        return next(code for code in codes if code not in taken)


class LabelRule(models.Model):
    """Whether a service looks for one label, and from which scores on its risk rises."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="label_rules")
    label = models.CharField(_("label"), max_length=64)
    position = models.PositiveSmallIntegerField(default=0)
    enabled = models.BooleanField(_("detection status"), default=True)
    medium_risk_score = models.DecimalField(
        _("medium-risk score"),
        max_digits=5,
        decimal_places=2,
        default=60,
        help_text=_("Confidence, 0 to 100, from which the label is medium risk."),
    )
    high_risk_score = models.DecimalField(
        _("high-risk score"),
        max_digits=5,
        decimal_places=2,
        default=80,
        help_text=_("Confidence, 0 to 100, from which the label is high risk."),
    )
    image_library = models.ForeignKey(
        ImageLibrary, models.PROTECT, null=True, blank=True, related_name="label_rules"
    )
    vocabulary = models.ForeignKey(
        Vocabulary, models.PROTECT, null=True, blank=True, related_name="label_rules"
    )

    class Meta:
        ordering = ["service", "position"]
        constraints = [
            models.UniqueConstraint(
                "service", "label", name="label_rule_one_per_service_and_label"
            ),
            models.CheckConstraint(
                condition=Q(medium_risk_score__lte=F("high_risk_score")),
                name="label_rule_medium_not_above_high",
            ),
            models.CheckConstraint(
                condition=Q(medium_risk_score__gte=0, high_risk_score__lte=100),
                name="label_rule_scores_are_percent",
            ),
            models.CheckConstraint(
                condition=Q(vocabulary=None) | Q(label__endswith=TEXT_SUFFIX),
                name="label_rule_vocabulary_only_for_text",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.label}"

    def to_policy(self) -> LabelPolicy:
        """Return the rule as the engine takes it."""
        return LabelPolicy(
            label=self.label,
            enabled=self.enabled,
            medium_risk_score=float(self.medium_risk_score),
            high_risk_score=float(self.high_risk_score),
            image_library_id=self.image_library_id,
            vocabulary_id=self.vocabulary_id,
        )


class Exemption(models.Model):
    """An image library whose matches return nonLabel_lib and nothing else."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="exemptions")
    image_library = models.ForeignKey(ImageLibrary, models.PROTECT, related_name="exemptions")

    class Meta:
        constraints = [
            models.UniqueConstraint("service", "image_library", name="exemption_once_per_service"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} exempts {self.image_library_id}"


class IgnoredVocabulary(models.Model):
    """A vocabulary whose keywords are taken out of a picture's text before it is checked."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="ignored_vocabularies")
    vocabulary = models.ForeignKey(Vocabulary, models.PROTECT, related_name="ignored_by")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "service", "vocabulary", name="ignored_vocabulary_once_per_service"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} ignores {self.vocabulary_id}"


class ClientToken(models.Model):
    """A token that a program sent with a change of a service, so that a repetition is none."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="+", db_index=False)
    token = models.CharField(max_length=64)
    used_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("service", "token", name="client_token_once_per_service"),
        ]

    def __str__(self) -> str:
        return self.token


class RulesetVersion(models.Model):
    """One saved ruleset, numbered per service, never changed afterwards."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    names = models.JSONField(
        default=dict, help_text=_("Names of the libraries and vocabularies at that time, by id.")
    )
    author = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    author_name = models.CharField(
        max_length=150,
        blank=True,
        help_text=_("Of the member or the access key that saved it; empty if nobody did."),
    )
    comment = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["service", "-number"]
        constraints = [
            models.UniqueConstraint("service", "number", name="ruleset_version_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} version {self.number}"

    @property
    def saved_by(self) -> str:
        """Return who saved it, under the present name if possible; empty if nobody did."""
        return self.author.name if self.author else self.author_name

    @property
    def ruleset(self) -> Ruleset:
        """Return the version as the engine takes it."""
        return Ruleset.from_document(self.document)
