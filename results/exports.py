"""What a search finds as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from django.utils.timezone import get_current_timezone

from console.csv_files import CSV_TYPE, csv_parts
from console.models import Account
from console.times import exported
from libraries.table_files import WORKBOOK_TYPE, workbook_parts
from results import search as searching
from results.models import DetectionResult
from results.search import ResultSearch

CONTENT_TYPES = {"csv": CSV_TYPE, "xlsx": WORKBOOK_TYPE}
HEADINGS = (
    *("Time", "Request ID", "Data ID", "Service", "Risk", "Labels", "Confidences", "Source"),
    *("Ruleset version", "Feedback", "Duration (ms)", "Image"),
)  # not translated, so that programs can rely on them


def export(account: Account, search: ResultSearch, file_format: str) -> Iterator[bytes]:
    """Yield a file of all that a search lists, in parts; the format is a key of CONTENT_TYPES.

    Times are in the time zone of the caller, even if that is another one while parts are read.
    Labels and their confidences are comma-separated, in the same order.
    """
    zone = get_current_timezone()
    rows = (_row(result, zone) for result in searching.all_listed(account, search))
    if file_format == "xlsx":
        return workbook_parts("Detection results", HEADINGS, rows)
    return csv_parts(HEADINGS, rows)


def _row(result: DetectionResult, zone: tzinfo) -> tuple[object, ...]:
    confidences = (label["confidence"] for label in result.labels)
    return (
        exported(result.created_at, zone),
        result.request_id,
        result.data_id,
        result.service_code,
        result.risk_level,
        ",".join(label["label"] for label in result.labels),
        ",".join("" if value is None else f"{value:g}" for value in confidences),
        result.source,
        result.ruleset_version,
        result.feedback_kind,
        result.duration_ms,
        result.picture_name,
    )
