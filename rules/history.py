"""The versions of a service: listed, compared, and looked at before one is restored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from libraries.paging import page_of
from rules.differences import Difference, Differences, between, differences, merged_names
from rules.freezing import existing, library_names, restored
from rules.models import RulesetVersion, Service

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A version and how many values differ from the one before; None if it is the first."""

    version: RulesetVersion
    change_count: int | None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some versions, newest first; newer and older are keys of the pages around, or None."""

    rows: list[HistoryRow]
    newer: int | None
    older: int | None


def history_page(
    service: Service, *, before: int | None = None, after: int | None = None
) -> HistoryPage:
    """Return the newest versions, those just before a key, or those just after one."""
    versions = service.versions.select_related("author__user")
    page = page_of(versions, size=PAGE_SIZE, before=before, after=after)
    return HistoryPage(list(_rows(service, page.rows)), page.newer, page.older)


def _rows(service: Service, versions: list[RulesetVersion]) -> Iterator[HistoryRow]:
    """Compare each with the one before, which is the next of the list or not on this page."""
    if not versions:
        return
    before = service.versions.filter(number=versions[-1].number - 1).first()
    for version, previous in zip(versions, [*versions[1:], before], strict=True):
        yield HistoryRow(version, between(previous, version).count if previous else None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs from the older of two versions to the newer."""

    older: RulesetVersion
    newer: RulesetVersion
    differences: Differences


def compare(one: RulesetVersion, other: RulesetVersion) -> Comparison:
    """Compare two versions of a service, whichever is the older."""
    older, newer = sorted([one, other], key=lambda version: version.number)
    return Comparison(older, newer, between(older, newer))


@dataclass(frozen=True, slots=True)
class RestorePreview:
    """What restoring a version would change, and what it cannot bring back.

    gone_libraries: where the version has a library or vocabulary that no longer exists.
    gone_labels: labels of the version that the service no longer has.
    """

    differences: Differences
    gone_libraries: list[Difference]
    gone_labels: list[str]


def preview_restore(service: Service, version: RulesetVersion) -> RestorePreview:
    """Return what restoring a version of the service would do now."""
    earlier, current = version.ruleset, service.newest_version
    target = restored(service, earlier)
    names = merged_names(version.names, current.names, library_names(service, target))
    return RestorePreview(
        differences(current.ruleset, target, names),
        list(differences(earlier, existing(service, earlier), names)),
        [label for label in earlier.policies if label not in target.policies],
    )


def to_json(version: RulesetVersion) -> dict[str, Any]:
    """Return all of a version, JSON-ready."""
    return {
        "service": version.service.code,
        "version": version.number,
        "saved_at": version.created_at.isoformat(),
        "author": version.saved_by or None,
        "comment": version.comment,
        "ruleset": version.document,
        "names": version.names,
    }
