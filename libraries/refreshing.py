"""Making fingerprints anew after their version has changed, from the pictures that are kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import islice

from django.db import transaction
from django.db.models import BinaryField, QuerySet
from django.db.models.functions import Substr

from libraries.adding import announce
from libraries.engine import fingerprint_of_image
from libraries.models import ImageLibrary, LibraryImage
from libraries.samples import SAMPLE_LIMITS
from moderation.errors import ModerationError
from moderation.fingerprint import FINGERPRINT_VERSION, Fingerprint
from moderation.image import load_image
from moderation.local_features import local_features

logger = logging.getLogger(__name__)
BATCH = 100
_VERSION = FINGERPRINT_VERSION.to_bytes(2, "little")


def refresh_fingerprints(library: ImageLibrary) -> tuple[int, int]:
    """Make the outdated fingerprints of a library anew and publish them.

    Returns how many were made, and how many could not be, because the picture is lost; those
    match nothing.
    """
    made = failed = 0
    outdated = _outdated_ids(library.images.all())
    while ids := list(islice(outdated, BATCH)):
        images = [image for image in library.images.filter(pk__in=ids) if _refresh(image)]
        _store(library, images)
        made += len(images)
        failed += len(ids) - len(images)
    return made, failed


def _outdated_ids(images: QuerySet[LibraryImage]) -> Iterator[int]:
    rows = images.order_by("pk").annotate(
        version=Substr("fingerprint", 1, 2, output_field=BinaryField())
    )
    outdated = [pk for pk, version in rows.values_list("pk", "version") if _is_old(version)]
    yield from outdated


def _is_old(version: bytes | memoryview) -> bool:
    return bytes(version) != _VERSION


def _refresh(image: LibraryImage) -> bool:
    """Compute what is known of an image anew; say whether its picture could be read."""
    if not image.preview:
        image.fingerprint = Fingerprint.from_pdq(image.pdq_hex).to_bytes()
        return True
    try:
        with image.preview.open("rb") as file:
            picture = load_image(file.read(), SAMPLE_LIMITS)
    except (OSError, ModerationError) as error:
        logger.warning("library image %s cannot be read: %s", image.pk, error)
        return False
    fingerprint = fingerprint_of_image(picture)
    image.fingerprint = fingerprint.to_bytes()
    image.pdq = fingerprint.pdq[0].tobytes()
    image.local_features = local_features(picture.pixels)
    return True


@transaction.atomic
def _store(library: ImageLibrary, images: list[LibraryImage]) -> None:
    LibraryImage.objects.bulk_update(images, ["fingerprint", "pdq", "local_features"])
    announce(library, [image.pk for image in images])
