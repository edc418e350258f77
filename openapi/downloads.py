"""What the API gives addresses of: files to keep, and pictures to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from console.models import Account
from console.pictures import picture_response
from libraries import keyword_exports
from libraries.models import LibraryImage, Vocabulary
from openapi.download_links import Download
from openapi.record_searches import search_of_values
from openapi.usage_queries import query_of_values
from results import exports as result_exports
from results.models import DetectionResult
from stats import exports as usage_exports

KEYWORDS = "keywords"
RESULTS = "results"
USAGE = "usage"
RESULT_THUMBNAIL = "result thumbnail"
RESULT_PREVIEW = "result preview"
LIBRARY_THUMBNAIL = "library thumbnail"
LIBRARY_PREVIEW = "library preview"


def response_of(wanted: Download) -> HttpResponseBase | None:
    """Return what an address stands for, or None if it is there no more.

    Times in files are in the current time zone.
    """
    open_it = _KINDS.get(wanted.kind)
    return open_it(wanted.access_key.account, wanted.values) if open_it else None


def _keywords(account: Account, values: Mapping[str, Any]) -> HttpResponseBase | None:
    vocabulary: Vocabulary | None = account.vocabularies.filter(pk=values["vocabulary"]).first()
    if vocabulary is None:
        return None
    return _file(
        f"{keyword_exports.file_stem(vocabulary)}.txt",
        keyword_exports.CONTENT_TYPES["txt"],
        keyword_exports.export(vocabulary, "txt"),
    )


def _results(account: Account, values: Mapping[str, Any]) -> HttpResponseBase:
    search = search_of_values(values)
    parts = result_exports.export(account, search, "xlsx")
    return _file("detection-results.xlsx", result_exports.CONTENT_TYPES["xlsx"], parts)


def _usage(account: Account, values: Mapping[str, Any]) -> HttpResponseBase:
    return _file(
        "usage.xlsx",
        usage_exports.XLSX,
        [usage_exports.usage_workbook(query_of_values(account, values))],
    )


def _file(name: str, content_type: str, parts: Iterable[bytes]) -> HttpResponseBase:
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return StreamingHttpResponse(
        parts, content_type=content_type, headers={"Content-Disposition": disposition or ""}
    )


def _result_thumbnail(account: Account, values: Mapping[str, Any]) -> HttpResponseBase | None:
    result: DetectionResult | None = account.results.filter(pk=values["result"]).first()
    return picture_response(result.thumbnail, "image/webp") if result else None


def _result_preview(account: Account, values: Mapping[str, Any]) -> HttpResponseBase | None:
    result: DetectionResult | None = account.results.filter(pk=values["result"]).first()
    return picture_response(result.preview, "image/jpeg") if result else None


def _library_thumbnail(account: Account, values: Mapping[str, Any]) -> HttpResponseBase | None:
    image = _library_image(account, values)
    return picture_response(image.thumbnail, "image/webp") if image else None


def _library_preview(account: Account, values: Mapping[str, Any]) -> HttpResponseBase | None:
    image = _library_image(account, values)
    return picture_response(image.preview, "image/jpeg") if image else None


def _library_image(account: Account, values: Mapping[str, Any]) -> LibraryImage | None:
    images = account.library_images.exclude(thumbnail="").defer("fingerprint", "local_features")
    image: LibraryImage | None = images.filter(pk=values["image"]).first()
    return image


_KINDS: Mapping[str, Callable[[Account, Mapping[str, Any]], HttpResponseBase | None]] = {
    KEYWORDS: _keywords,
    RESULTS: _results,
    USAGE: _usage,
    RESULT_THUMBNAIL: _result_thumbnail,
    RESULT_PREVIEW: _result_preview,
    LIBRARY_THUMBNAIL: _library_thumbnail,
    LIBRARY_PREVIEW: _library_preview,
}
