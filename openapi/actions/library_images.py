"""The actions that add, list and delete the images of a library."""

from __future__ import annotations

from typing import Any

from libraries.models import ImageLibrary, LibraryImageQuerySet
from libraries.samples import sample_of_picture
from libraries.services import images as services
from moderation.errors import ParameterTooLong
from openapi.authentication import ApiCall
from openapi.image_library_documents import image_documents
from openapi.image_library_lookups import find_image_library, read_picture
from openapi.reading import is_ascending, moment, needed, read_number, read_page, text
from openapi.registry import Envelope, action
from openapi.rule_changes import read_ids
from results.sample_check import has_findings

_MAX_IDS = 10_000
_HELD = (
    "OK, but the image matches nothing yet: it conflicts with an exemption, or would have hit"
    " stored results. A policy manager can have it go live in the console."
)


@action("AddImages2Lib", Envelope.STATUS)
def add_images_to_lib(call: ApiCall) -> dict[str, Any]:
    """Add an uploaded picture, or one at an address, with the check that the pages make.

    An image that is held because of it is there and has an id; Msg says so.
    """
    library = find_image_library(call)
    picture = read_picture(call)
    image = services.add_checked_sample(
        library=library,
        sample=sample_of_picture(picture.content, picture.name),
        author=call.access_key,
        has_findings=has_findings,
    )
    answer: dict[str, Any] = {"Data": {"ImgId": str(image.pk)}}
    return answer | {"Msg": _HELD} if image.is_held else answer


@action("ListImagesFromLib", Envelope.STATUS)
def list_images_from_lib(call: ApiCall) -> dict[str, Any]:
    """List the images of a library, newest first, with addresses of their pictures."""
    found = _found(call, find_image_library(call))
    page = read_page(call)
    is_oldest_first = is_ascending(call, "GmtCreate", "GmtModified", "ImageId", "Id")
    rows = found.order_by("pk") if is_oldest_first else found.newest_first()
    return {
        "Items": image_documents(
            call, page.of(rows.only("pk", "library", "thumbnail", "added_at"))
        ),
        "CurrentPage": page.number,
        "PageSize": page.size,
        "TotalCount": found.count(),
    }


def _found(call: ApiCall, library: ImageLibrary) -> LibraryImageQuerySet:
    images: LibraryImageQuerySet = library.images.all()
    if image_id := text(call, "ImgId"):
        images = images.filter(pk=read_number("ImgId", image_id))
    if since := moment(call, "StartDate"):
        images = images.added_from(since)
    if until := moment(call, "EndDate", is_end=True):
        images = images.added_until(until)
    return images


@action("DeleteImagesFromLib", Envelope.STATUS)
def delete_images_from_lib(call: ApiCall) -> dict[str, Any]:
    """Delete images by their ids; ids that are not there are no error."""
    library = find_image_library(call)
    ids = read_ids("ImageIds", needed(call, "ImageIds"))
    if len(ids) > _MAX_IDS:
        raise ParameterTooLong(f"More than {_MAX_IDS:,} ids; send them in parts.")
    services.delete_images(library=library, image_ids=ids, author=call.access_key)
    return {"Data": True}
