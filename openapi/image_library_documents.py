"""Image libraries and their images as programs read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from libraries.models import ImageLibrary, LibraryImage
from openapi import downloads
from openapi.authentication import ApiCall
from openapi.download_links import download_link
from openapi.timestamps import server_time

Document = dict[str, Any]


def library_document(library: ImageLibrary, *, is_exempt: bool) -> Document:
    """Return a library that was loaded with its image_count."""
    count: int = library.image_count  # type: ignore[attr-defined]  # annotated
    return {
        "LibId": str(library.pk),
        "LibName": library.name,
        "Comment": library.description,
        "FreeInspection": int(is_exempt),
        "ImageNum": count,
        "GmtCreate": server_time(library.created_at),
        "GmtModified": server_time(library.changed_at),
    }


def image_documents(call: ApiCall, images: Iterable[LibraryImage]) -> list[Document]:
    """Return images with the addresses of their pictures, empty where there is only a hash."""
    return [
        {
            "ImageId": str(image.pk),
            "ImageUrl": _link(call, downloads.LIBRARY_PREVIEW, image),
            "ThumbnailUrl": _link(call, downloads.LIBRARY_THUMBNAIL, image),
            "GmtCreate": server_time(image.added_at),
        }
        for image in images
    ]


def _link(call: ApiCall, kind: str, image: LibraryImage) -> str:
    return download_link(call, kind, {"image": image.pk}) if image.has_picture else ""
