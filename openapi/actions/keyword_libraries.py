"""The actions that list, create, rename and delete vocabularies."""

from __future__ import annotations

from typing import Any

from console.prepared import PreparedQuery
from libraries.models import Vocabulary
from libraries.services import keywords as services
from openapi.authentication import ApiCall
from openapi.keyword_documents import import_document, service_codes, vocabulary_document
from openapi.keyword_lookups import find_vocabulary, read_words
from openapi.reading import needed
from openapi.registry import Envelope, action
from rules.services import delete_vocabulary_everywhere

_VOCABULARIES = PreparedQuery(
    lambda account_id: (
        Vocabulary.objects.filter(account=account_id).by_name().with_keyword_count().with_links()
    )
)


@action("ListKeywordLibs", Envelope.CODE)
def list_keyword_libs(call: ApiCall) -> dict[str, Any]:
    """List all vocabularies of the account, each with the services that use it."""
    account = call.access_key.account
    return {
        "Data": [
            vocabulary_document(one, account.uid) | {"ServiceCodes": service_codes(one)}
            for one in _VOCABULARIES.of(account.pk)
        ]
    }


@action("GetKeywordLib", Envelope.CODE)
def get_keyword_lib(call: ApiCall) -> dict[str, Any]:
    """Describe one vocabulary."""
    vocabulary = find_vocabulary(call)
    return {"Data": vocabulary_document(vocabulary, call.access_key.account.uid)}


@action("AddKeywordLib", Envelope.CODE)
def add_keyword_lib(call: ApiCall) -> dict[str, Any]:
    """Create a vocabulary, with words or without; report every word that was not taken."""
    report = services.import_vocabulary(
        account=call.access_key.account,
        name=needed(call, "LibName"),
        lines=read_words(call),
        author=call.access_key,
    )
    result = import_document(report)
    del result["Progress"]  # only the other actions have it
    data = {
        "KeywordsResult": result,
        "LibId": str(report.vocabulary_id),
        "TaskId": str(report.pk),
    }
    return {"Data": data}


@action("UpdateKeywordLib", Envelope.CODE)
def update_keyword_lib(call: ApiCall) -> dict[str, Any]:
    """Give a vocabulary another name."""
    services.change_vocabulary(
        vocabulary=find_vocabulary(call), name=needed(call, "LibName"), author=call.access_key
    )
    return {"Data": True}


@action("DeleteKeywordLib", Envelope.CODE)
def delete_keyword_lib(call: ApiCall) -> dict[str, Any]:
    """Take a vocabulary out of every rule that uses it, and delete it."""
    delete_vocabulary_everywhere(
        vocabulary=find_vocabulary(call),
        author=call.access_key,
        comment=f"{call.action} {call.request_id}",
    )
    return {"Data": True}
