"""What became of an uploaded file, as the row of the upload list says it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from libraries.errors import DuplicateImage, LibraryError
from libraries.models import LibraryImage
from libraries.samples import MAX_SAMPLE_BYTES, shown_name
from moderation.errors import ImageTooLarge, ModerationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that became an image, was there already as same, or has a problem."""

    name: str
    image: LibraryImage | None = None
    same: LibraryImage | None = None
    problem: str = ""


def refused(name: str, error: LibraryError | ModerationError) -> Upload:
    """Say in the language of the page why a file did not become an image."""
    name = shown_name(name)
    if isinstance(error, DuplicateImage):
        return Upload(name=name, same=error.image)
    if isinstance(error, LibraryError):
        return Upload(name=name, problem=str(error))
    if isinstance(error, ImageTooLarge):
        return Upload(name=name, problem=_("The image has too many pixels; make it smaller."))
    return Upload(
        name=name,
        problem=_("This is not an image that can be read, or it is damaged. Save it anew as JPEG."),
    )


def too_large(name: str) -> Upload:
    """Say that a file has too many bytes."""
    limit = MAX_SAMPLE_BYTES // 2**20
    problem = _("The file is larger than %(limit)s MB; make the image smaller.") % {"limit": limit}
    return Upload(name=shown_name(name), problem=problem)


def too_many(name: str, limit: int) -> Upload:
    """Say that a file came after as many as are taken at once."""
    problem = _("Only %(limit)s files are taken at once; add this one next.") % {"limit": limit}
    return Upload(name=shown_name(name), problem=problem)
