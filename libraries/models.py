"""Image libraries and vocabularies, and what is in them."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models.functions import StrIndex
from django.utils.translation import gettext_lazy as _

from console.models import Account, Member
from libraries.import_models import ImportJob, ImportRow, Reason
from moderation.fingerprint import FINGERPRINT_VERSION, Fingerprint, stored_version
from moderation.text.folding import folded_text

__all__ = [
    "ImageLibrary",
    "ImportJob",
    "ImportRow",
    "Keyword",
    "KeywordImport",
    "LibraryImage",
    "Reason",
    "Vocabulary",
]

MAX_KEYWORD_CHARACTERS = 20
_MAX_FOLDED_CHARACTERS = 18 * MAX_KEYWORD_CHARACTERS  # no character folds to more than 18


class ImageLibraryQuerySet(models.QuerySet["ImageLibrary"]):
    """Image libraries."""

    def by_name(self) -> ImageLibraryQuerySet:
        """Order by name."""
        return self.order_by("name", "pk")

    def kept(self) -> ImageLibraryQuerySet:
        """Leave out those whose images are being deleted."""
        return self.filter(emptied_up_to=None)

    def staying(self) -> ImageLibraryQuerySet:
        """Leave out those that are being deleted."""
        return self.filter(is_being_deleted=False)

    def with_image_count(self) -> ImageLibraryQuerySet:
        """Add image_count, how many images each holds."""
        return self.annotate(image_count=models.Count("images"))

    def with_links(self) -> ImageLibraryQuerySet:
        """Load the labels that are set by each, and the services that exempt its images."""
        return self.prefetch_related("label_rules__service", "exemptions__service")


class ImageLibrary(models.Model):
    """A named set of sample images; used as a blocklist by a label or as an exemption."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="image_libraries")
    name = models.CharField(_("name"), max_length=64)
    description = models.CharField(_("description"), max_length=300, blank=True)
    deep_match = models.BooleanField(
        _("deep match"), default=False, help_text=_("Recognise parts of its images as well.")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(
        auto_now=True, help_text=_("When its name or its images changed.")
    )
    emptied_up_to = models.BigIntegerField(
        null=True, help_text=_("The worker is deleting the images with ids up to this one.")
    )
    is_being_deleted = models.BooleanField(
        default=False, help_text=_("It is deleted once the worker has emptied it.")
    )

    objects = ImageLibraryQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("account", "name", name="image_library_name_once_per_account"),
        ]

    def __str__(self) -> str:
        return self.name


class LibraryImageQuerySet(models.QuerySet["LibraryImage"]):
    """Library images."""

    def newest_first(self) -> LibraryImageQuerySet:
        """Order by the time they were added, newest first."""
        return self.order_by("-pk")

    def added_from(self, time: datetime) -> LibraryImageQuerySet:
        """Keep the images that were added at this time or later.

        Ids grow with time, nearly; a bound for them lets pages be read in their order.
        """
        added = self.filter(added_at__gte=time)
        first: int | None = added.aggregate(first=models.Min("pk"))["first"]
        return self.none() if first is None else added.filter(pk__gte=first)

    def added_until(self, time: datetime) -> LibraryImageQuerySet:
        """Keep the images that were added at this time or earlier."""
        added = self.filter(added_at__lte=time)
        last: int | None = added.aggregate(last=models.Max("pk"))["last"]
        return self.none() if last is None else added.filter(pk__lte=last)

    def held(self) -> LibraryImageQuerySet:
        """Keep those that match nothing until somebody has them go live."""
        return self.filter(is_held=True)

    def live(self) -> LibraryImageQuerySet:
        """Leave out those that are held.

        By their ids, which have an index: the rows are long, and the field is at their end.
        """
        return self.exclude(pk__in=LibraryImage.objects.held().values("pk"))


class LibraryImage(models.Model):
    """A sample image, or only its PDQ hash, with which pictures are compared."""

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="library_images", db_index=False
    )
    library = models.ForeignKey(ImageLibrary, models.CASCADE, related_name="images", db_index=False)
    name = models.CharField(_("file name"), max_length=255, blank=True)
    digest = models.CharField(
        max_length=68, help_text=_("SHA-256 of the file, or pdq: and the hash if there is no file.")
    )
    fingerprint = models.BinaryField()
    pdq = models.BinaryField(
        max_length=32, default=b"", help_text=_("The upright PDQ hash; also in the fingerprint.")
    )
    local_features = models.BinaryField(
        default=b"", help_text=_("By which parts are recognised; empty if there is no picture.")
    )
    picture_format = models.CharField(max_length=8, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    size_bytes = models.PositiveIntegerField(default=0)
    thumbnail = models.FileField(upload_to="libraries/", blank=True)
    preview = models.FileField(upload_to="libraries/", blank=True)
    added_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(_("added"), auto_now_add=True)
    is_held = models.BooleanField(
        default=False, help_text=_("It matches nothing until somebody has it go live.")
    )

    objects = LibraryImageQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["library", "-id"], name="library_image_newest"),
            models.Index(fields=["library", "added_at"], name="library_image_added"),
            models.Index(fields=["account", "pdq", "id"], name="library_image_pdq"),
            models.Index(
                fields=["library"],
                condition=models.Q(is_held=True),
                name="library_image_held",
            ),
        ]
        constraints = [
            models.UniqueConstraint("account", "digest", name="library_image_once_per_account"),
        ]

    def __str__(self) -> str:
        return f"{self.library_id} image {self.pk}"

    @property
    def has_picture(self) -> bool:
        """Say whether there is a picture to show, and not only a hash."""
        return bool(self.thumbnail)

    @property
    def pdq_hex(self) -> str:
        """Return the PDQ hash as other systems exchange it."""
        return bytes(self.pdq).hex()

    @property
    def is_outdated(self) -> bool:
        """Say whether its fingerprint has to be made anew before it matches anything."""
        return stored_version(bytes(self.fingerprint[:2])) != FINGERPRINT_VERSION

    @property
    def is_drawn(self) -> bool:
        """Say whether it is drawn, such as a logo, of which only close copies are recognised."""
        return self.has_picture and not self.is_outdated and self.hashes.graphic

    @property
    def hashes(self) -> Fingerprint:
        """Return the fingerprint as the engine takes it."""
        return Fingerprint.from_bytes(bytes(self.fingerprint))


class VocabularyQuerySet(models.QuerySet["Vocabulary"]):
    """Vocabularies."""

    def by_name(self) -> VocabularyQuerySet:
        """Order by name."""
        return self.order_by("name", "pk")

    def with_keyword_count(self) -> VocabularyQuerySet:
        """Add keyword_count, how many keywords each holds."""
        return self.annotate(keyword_count=models.Count("keywords"))

    def with_links(self) -> VocabularyQuerySet:
        """Load the labels that are set by each, and the services that ignore its keywords."""
        return self.prefetch_related("label_rules__service", "ignored_by__service")


class Vocabulary(models.Model):
    """A named set of keywords that are looked for in the text of pictures."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="vocabularies")
    name = models.CharField(_("name"), max_length=64)
    description = models.CharField(_("description"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(
        auto_now=True, help_text=_("When its name or its keywords changed.")
    )

    objects = VocabularyQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("account", "name", name="vocabulary_name_once_per_account"),
        ]

    def __str__(self) -> str:
        return self.name


class KeywordQuerySet(models.QuerySet["Keyword"]):
    """Keywords."""

    def newest_first(self) -> KeywordQuerySet:
        """Order by the time they were added, newest first."""
        return self.order_by("-pk")

    def containing(self, text: str) -> KeywordQuerySet:
        """Keep those with the text in them, as far as matching tells characters apart."""
        part = folded_text(text).strip()
        if len(part) > _MAX_FOLDED_CHARACTERS:  # in none; databases refuse very long patterns
            return self.none()
        return self.filter(folded__contains=part)

    def within(self, text: str) -> KeywordQuerySet:
        """Keep those that are somewhere in the text, whole words or not."""
        place = StrIndex(models.Value(folded_text(text)), "folded")
        return self.annotate(place=place).filter(place__gt=0)


class Keyword(models.Model):
    """A word or a phrase of a vocabulary."""

    vocabulary = models.ForeignKey(
        Vocabulary, models.CASCADE, related_name="keywords", db_index=False
    )
    text = models.CharField(_("keyword"), max_length=MAX_KEYWORD_CHARACTERS)
    folded = models.CharField(
        max_length=_MAX_FOLDED_CHARACTERS,
        help_text=_("The text without the differences that matching ignores."),
    )
    added_at = models.DateTimeField(_("added"), auto_now_add=True)

    objects = KeywordQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["vocabulary", "-id"], name="keyword_newest")]
        constraints = [
            models.UniqueConstraint("vocabulary", "folded", name="keyword_once_per_vocabulary"),
        ]

    def __str__(self) -> str:
        return self.text


class KeywordImport(models.Model):
    """What became of some lines that a program added to a vocabulary; kept for a while.

    The lists have the lines that were not added, by what was wrong with them.
    """

    vocabulary = models.ForeignKey(Vocabulary, models.CASCADE, related_name="imports")
    added_count = models.PositiveIntegerField()
    repeated = models.JSONField(default=list)
    too_long = models.JSONField(default=list)
    invalid = models.JSONField(default=list)
    without_room = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.vocabulary_id} import {self.pk}"

    @property
    def line_count(self) -> int:
        """Count the lines that were not blank."""
        lists = (self.repeated, self.too_long, self.invalid, self.without_room)
        return self.added_count + sum(map(len, lists))
