"""The actions that list, add, delete and export the words of a vocabulary."""

from __future__ import annotations

from typing import Any

from libraries.models import KeywordImport
from libraries.services import keywords as services
from moderation.errors import ParameterMissing, ParameterTooLong
from openapi import downloads
from openapi.authentication import ApiCall
from openapi.download_links import download_link
from openapi.keyword_documents import import_document, keyword_documents
from openapi.keyword_lookups import find_vocabulary, read_words
from openapi.reading import find_row, is_ascending, read_page, text
from openapi.registry import Envelope, action
from openapi.rule_changes import read_ids

_PAGE_SIZE = 20
_MAX_IDS = 10_000


@action("ListKeywords", Envelope.CODE)
def list_keywords(call: ApiCall) -> dict[str, Any]:
    """List the words of a vocabulary, newest first."""
    vocabulary = find_vocabulary(call)
    word = text(call, "Word")
    found = vocabulary.keywords.containing(word) if word else vocabulary.keywords.all()
    page = read_page(call, default_size=_PAGE_SIZE)
    if is_ascending(call, "GmtCreate", "GmtModified", "Id"):
        rows = page.of(found.order_by("pk"))
    else:
        rows = page.of(found.newest_first())
    data = {
        "Items": keyword_documents(rows),
        "CurrentPage": page.number,
        "PageSize": page.size,
        "TotalCount": found.count(),
    }
    return {"Data": data}


@action("AddKeywords", Envelope.CODE)
def add_keywords(call: ApiCall) -> dict[str, Any]:
    """Add words to a vocabulary; report every word that was not taken."""
    return _add(call)


@action("AddKeywordsToLib", Envelope.BARE)
def add_keywords_to_lib(call: ApiCall) -> dict[str, Any]:
    """Do what AddKeywords does, under the newer name, whose answer has no tips."""
    answer = _add(call)
    del answer["Data"]["KeywordsResult"]["Tips"]
    return answer


def _add(call: ApiCall) -> dict[str, Any]:
    report = services.import_keywords(
        vocabulary=find_vocabulary(call),
        lines=read_words(call, is_needed=True),
        author=call.access_key,
    )
    data = {
        "KeywordsResult": import_document(report),
        "LibId": str(report.vocabulary_id),
        "TaskId": str(report.pk),
    }
    return {"Data": data}


@action("GetKeywordImportResult", Envelope.CODE)
def get_keyword_import_result(call: ApiCall) -> dict[str, Any]:
    """Say again what became of the words of an import."""
    account = call.access_key.account
    reports = KeywordImport.objects.filter(vocabulary__account=account)
    report = find_row(call, "TaskId", reports)
    return {"Data": import_document(report)}


@action("DeleteKeyword", Envelope.CODE)
def delete_keyword(call: ApiCall) -> dict[str, Any]:
    """Delete words of a vocabulary by their ids; ids that are not there are no error."""
    vocabulary = find_vocabulary(call)
    services.delete_keywords(
        vocabulary=vocabulary,
        keywords=vocabulary.keywords.filter(pk__in=_read_keyword_ids(call)),
        author=call.access_key,
    )
    return {"Data": True}


@action("ExportKeyword", Envelope.CODE)
def export_keyword(call: ApiCall) -> dict[str, Any]:
    """Return where the words can be fetched for a while, as a text with one word a line."""
    vocabulary = find_vocabulary(call)
    return {"Data": download_link(call, downloads.KEYWORDS, {"vocabulary": vocabulary.pk})}


def _read_keyword_ids(call: ApiCall) -> list[int]:
    """Read KeywordIds or KeywordIdList: a JSON list, or ids with commas between them."""
    for name in ("KeywordIds", "KeywordIdList"):
        if value := text(call, name):
            ids = read_ids(name, value)
            break
    else:
        raise ParameterMissing("Send ids of words as KeywordIds.")
    if len(ids) > _MAX_IDS:
        raise ParameterTooLong(f"More than {_MAX_IDS:,} ids; send them in parts.")
    return ids
