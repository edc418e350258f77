"""Vocabularies and keywords as programs read them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from libraries.models import Keyword, KeywordImport, Vocabulary
from libraries.places import places_of
from openapi.timestamps import server_time

Document = dict[str, Any]
_MD5_ID_BYTES = 6  # such numbers are exact in every language, JavaScript too


def vocabulary_document(vocabulary: Vocabulary, uid: str) -> Document:
    """Return a vocabulary that was loaded with its keyword_count; uid is its account's."""
    count: int = vocabulary.keyword_count  # type: ignore[attr-defined]  # annotated
    return {
        "LibId": str(vocabulary.pk),
        "LibName": vocabulary.name,
        "KeywordCount": str(count),
        "GmtModified": server_time(vocabulary.changed_at),
        "PreprocessList": [],
        "Uid": uid,
    }


def service_codes(vocabulary: Vocabulary) -> str:
    """Return the services that use a vocabulary that was loaded with_links()."""
    return ",".join(sorted({place.service for place in places_of(vocabulary)}))


def keyword_documents(keywords: Iterable[Keyword]) -> list[Document]:
    """Return keywords; they are never changed, so both their times are the same."""
    return [
        {
            "Id": keyword.pk,
            "KeywordLibId": str(keyword.vocabulary_id),
            "KeywordMd5Id": _md5_id(keyword.text),
            "Word": keyword.text,
            "GmtCreate": (added := server_time(keyword.added_at)),
            "GmtModified": added,
        }
        for keyword in keywords
    ]


def _md5_id(text: str) -> int:
    """Return a number that is the same for the same word in every vocabulary."""
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:_MD5_ID_BYTES], "big")


def import_document(report: KeywordImport) -> Document:
    """Return what became of the lines of an import, which is always done.

    Lines for which there was no room count as invalid; Tips says how many those are.
    """
    invalid = report.invalid + report.without_room
    tips = f"No room for {len(report.without_room):,} keywords." if report.without_room else ""
    return {
        "LibId": str(report.vocabulary_id),
        "Progress": 100,
        "TotalCount": report.line_count,
        "SuccessCount": report.added_count,
        "RepeatCount": len(report.repeated),
        "RepeatKeywords": report.repeated,
        "InvalidCount": len(invalid) + len(report.too_long),
        "InvalidKeywords": invalid,
        "IllegalLengthKeywords": report.too_long,
        "I18nKey": "",
        "Tips": tips,
    }
