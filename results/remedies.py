"""What is done about a wrong result: its picture goes into a library, or is tested again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction
from django.db.models.fields.files import FieldFile

from console.middleware import new_request_id
from console.models import Member
from console.roles import Role
from console.services import locked_account
from libraries import errors as library_errors
from libraries.engine import fingerprint_of_image
from libraries.models import ImageLibrary, ImportJob, LibraryImage
from libraries.samples import MAX_SAMPLE_BYTES, Sample, sample_of_picture
from libraries.services.image_libraries import create_image_library
from libraries.services.images import add_checked_sample, add_sample, release_unless
from libraries.services.imports import import_pictures
from moderation.fingerprint import FINGERPRINT_VERSION, Fingerprint, stored_version
from moderation.image import LoadedImage
from results.errors import PictureGone
from results.feedback import resolve_feedback
from results.models import DetectionResult, Feedback
from results.sample_check import has_findings_besides
from results.services import Submission, moderate
from rules.models import RulesetVersion, Service
from rules.services import save_exemptions


def add_to_library(
    *, result: DetectionResult, library: ImageLibrary, author: Member
) -> LibraryImage:
    """Add a result's picture to an image library, which matches it once that is published.

    If services use the library, it is checked first, and held if something else than this picture
    was found. Open feedback is resolved by that, if the author may.

    Raises PictureGone, the errors of libraries.services.images.add_image(), and
    ImageLibrary.DoesNotExist if the library was deleted meanwhile.
    """
    image = add_checked_sample(
        library=library,
        sample=_sample_of(result),
        author=author,
        has_findings=partial(has_findings_besides, result=result),
    )
    _resolve(result, Feedback.State.ADDED_TO_LIBRARY, author)
    return image


def exempt_image(
    *,
    result: DetectionResult,
    service: Service,
    author: Member,
    library: ImageLibrary | None,
    new_name: str = "",
) -> tuple[LibraryImage, RulesetVersion | None]:
    """Add a result's picture to a library that the service exempts, or shall exempt from now on.

    library: None for a new one of that name.

    Returns the image, and the version of the rules if the library was no exemption before.

    Raises as add_to_library() does, and rules.errors.RulesError; for a new library also
    TooManyLibraries and LibraryNameTaken. Nothing is changed then.
    """
    sample = _sample_of(result)
    with transaction.atomic():
        locked_account(result.account_id)
        library = library or create_image_library(
            account=result.account, name=new_name, description="", author=author
        )
        version = _exempt_library(service, library, author, comment=result.request_id)
        image, is_new = _added_or_there(library, sample, author)
    if is_new:
        release_unless(image, partial(has_findings_besides, result=result))
    _resolve(result, Feedback.State.ADDED_TO_LIBRARY, author)
    return image, version


def _exempt_library(
    service: Service, library: ImageLibrary, author: Member, comment: str
) -> RulesetVersion | None:
    exempt = set(service.exemptions.values_list("image_library_id", flat=True))
    if library.pk in exempt:
        return None
    return save_exemptions(
        service=service,
        library_ids=exempt | {library.pk},
        based_on=service.version,
        author=author,
        comment=comment,
    )


def _added_or_there(
    library: ImageLibrary, sample: Sample, author: Member
) -> tuple[LibraryImage, bool]:
    """Return the picture as added, held, or as it is there already, and whether it is new."""
    try:
        return add_sample(library=library, sample=sample, author=author, is_held=True), True
    except library_errors.DuplicateImage as duplicate:
        if duplicate.image.library_id != library.pk:
            raise
        return duplicate.image, False


def library_of_label(result: DetectionResult, service: Service | None) -> int | None:
    """Return the id of the library that sets the label which was missed, if there is one."""
    said = result.said
    if service is None or said is None or said.kind != Feedback.Kind.MISSED_VIOLATION:
        return None
    rules = service.label_rules.filter(label__in=said.labels).exclude(image_library=None)
    return rules.values_list("image_library_id", flat=True).first()


def import_into_library(
    *, results: Sequence[DetectionResult], library: ImageLibrary, author: Member
) -> ImportJob:
    """Import the pictures of several results into a library; those that are gone are left out.

    Raises PictureGone if none is left, and TooManyImports.
    """
    files = [file for result in results if (file := _upload_of(result))]
    if not files:
        raise PictureGone
    return import_pictures(library=library, author=author, files=files)


def moderate_again(*, result: DetectionResult, service: Service) -> DetectionResult:
    """Moderate a result's picture once more under the live rules, and store what comes of it.

    Raises PictureGone and the errors of results.services.moderate().
    """
    return moderate(
        service=service,
        submission=Submission(
            request_id=new_request_id(),
            source=DetectionResult.Source.TEST,
            content=_content_of(result),
            name=result.picture_name,
            data_id=result.data_id,
        ),
    )


def _sample_of(result: DetectionResult) -> Sample:
    """Make a sample of what is kept of the picture, with the fingerprint of the picture itself."""
    content = _content_of(result, max_bytes=MAX_SAMPLE_BYTES)
    name = result.picture_name.partition("?")[0] or result.request_id
    sample = sample_of_picture(content, name, partial(_fingerprint_of, result))
    return replace(
        sample,
        digest=result.sha256,
        picture_format=result.picture_format,
        width=result.width,
        height=result.height,
        size_bytes=result.size_bytes,
    )


def _fingerprint_of(result: DetectionResult, image: LoadedImage) -> Fingerprint:
    stored = bytes(result.fingerprint)
    if stored_version(stored[:2]) != FINGERPRINT_VERSION:  # of an earlier release
        return fingerprint_of_image(image)
    return Fingerprint.from_bytes(stored)


def _content_of(result: DetectionResult, *, max_bytes: int | None = None) -> bytes:
    """Read the original if it was kept and is not too large, else the preview."""
    for file in (result.original, result.preview):
        content = _read(file)
        if content and (max_bytes is None or len(content) <= max_bytes):
            return content
    raise PictureGone


def _read(file: FieldFile) -> bytes:
    try:
        if not file:
            return b""
        with file.open("rb") as opened:
            content: bytes = opened.read()
            return content
    except OSError:
        return b""


def _upload_of(result: DetectionResult) -> UploadedFile[bytes] | None:
    try:
        content = _content_of(result, max_bytes=MAX_SAMPLE_BYTES)
    except PictureGone:
        return None
    return SimpleUploadedFile(result.picture_name or result.request_id, content)


def _resolve(result: DetectionResult, state: Feedback.State, author: Member) -> None:
    feedback = Feedback.objects.waiting().filter(result=result).first()
    if feedback is not None and author.may(Role.POLICY_MANAGER):
        resolve_feedback(feedback=feedback, state=state, author=author)
