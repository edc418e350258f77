"""The files that the API gives addresses of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from console.models import Account
from libraries import keyword_exports
from libraries.models import Vocabulary
from openapi.download_links import Download

KEYWORDS = "keywords"


@dataclass(frozen=True, slots=True)
class File:
    """A file in parts, which are made while they are sent."""

    name: str
    content_type: str
    parts: Iterable[bytes]


def open_file(wanted: Download) -> File | None:
    """Return the file that an address stands for, or None if it is there no more.

    Times in it are in the current time zone.
    """
    opener = _OPENERS.get(wanted.kind)
    return opener(wanted.access_key.account, wanted.values) if opener else None


def _keywords(account: Account, values: Mapping[str, Any]) -> File | None:
    vocabulary: Vocabulary | None = account.vocabularies.filter(pk=values["vocabulary"]).first()
    if vocabulary is None:
        return None
    return File(
        name=f"{keyword_exports.file_stem(vocabulary)}.txt",
        content_type=keyword_exports.CONTENT_TYPES["txt"],
        parts=keyword_exports.export(vocabulary, "txt"),
    )


_OPENERS: Mapping[str, Callable[[Account, Mapping[str, Any]], File | None]] = {
    KEYWORDS: _keywords,
}
