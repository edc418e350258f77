"""The actions that say how many calls there were and what they hit."""

from __future__ import annotations

from typing import Any

from openapi import downloads
from openapi.authentication import ApiCall
from openapi.download_links import download_link
from openapi.registry import Envelope, action
from openapi.usage_documents import (
    calls,
    date_texts,
    hits,
    label_charts,
    service_series,
    totals,
)
from openapi.usage_queries import query_to_values, read_query
from stats.usage import calls_of, label_hits_of


@action("GetCipStats", Envelope.STATUS)
def get_cip_stats(call: ApiCall) -> dict[str, Any]:
    """Return the calls and hits of each called service, by day or month."""
    query = read_query(call)
    usage = calls_of(query)
    data = {
        "Uids": [query.account.uid],
        "X": date_texts(query),
        "Y": service_series(query, usage, calls),
        "Z": service_series(query, usage, hits),
        "TotalStat": totals(usage),
        "LabelStatChart": label_charts(query, usage, label_hits_of(query)),
    }
    return {"Data": data}


@action("ExportCipStats", Envelope.STATUS)
def export_cip_stats(call: ApiCall) -> dict[str, Any]:
    """Return where the calls can be fetched as a workbook for a while."""
    return {"Data": download_link(call, downloads.USAGE, query_to_values(read_query(call)))}
