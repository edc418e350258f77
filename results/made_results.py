"""Made-up results to measure with, written as fast as the database takes them."""

from __future__ import annotations

import json
import random
import uuid
import zoneinfo
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from console.models import Account
from moderation.catalogue import load_catalogue
from moderation.verdict import EXEMPT_LABEL, NO_LABEL
from results.ids import first_id_of
from results.models import DetectionResult, ResultLabel, UncountedResult

ROWS_AT_ONCE = 20_000
SAFE_SHARE, EXEMPT_SHARE, TEST_SHARE, DATA_ID_SHARE = 0.85, 0.005, 0.01, 0.6
_RISKS, _RISK_WEIGHTS = ("high", "medium", "low"), (4, 5, 3)
_LABEL_COUNTS, _LABEL_COUNT_WEIGHTS = (1, 2, 3), (80, 16, 4)
_FINDINGS = json.dumps(
    {
        "findings": {"detections": [], "image_matches": [], "keyword_matches": []},
        "text_lines": [],
        "detectors": [],
        "large_model_text": "",
    }
)
_STEPS = json.dumps([{"name": "load", "duration_ms": 9.5}, {"name": "objects", "duration_ms": 80}])


@dataclass(frozen=True, slots=True)
class _Columns:
    """Some columns of a table, in the order in which rows give them."""

    model: type[Model]
    names: tuple[str, ...]

    @property
    def table(self) -> str:
        """Return the table's name, quoted."""
        return connection.ops.quote_name(self.model._meta.db_table)


_RESULT = _Columns(
    DetectionResult,
    (
        "id", "account_id", "request_id", "data_id", "service_code", "ruleset_version",
        "policy_number", "source", "risk_level", "labels", "findings", "fingerprint",
        "picture_name", "picture_format", "width", "height", "size_bytes", "sha256",
        "duration_ms", "steps", "thumbnail", "preview", "original", "created_at",
    ),
)  # fmt: skip
_LABEL = _Columns(
    ResultLabel,
    (
        "account_id", "service_code", "label", "result_id", "risk_level", "source",
        "ruleset_version", "confidence",
    ),
)  # fmt: skip
_UNCOUNTED = _Columns(
    UncountedResult,
    ("id", "account_id", "date", "service_code", "source", "risk_level", "labels"),
)


def make_results(
    account: Account, *, count: int, days: float, seed: int, progress: Callable[[int], None]
) -> int:
    """Store results spread over the last days, without pictures; return how many there are now.

    The statistics count them as they count any others.
    """
    made = 0
    mixture = _Mixture(account, count, days, seed)
    results = mixture.results()
    while batch := list(islice(results, ROWS_AT_ONCE)):
        with transaction.atomic():
            _write(_RESULT, [mixture.row(result) for result in batch])
            _write(_LABEL, [row for result in batch for row in _label_rows(result)])
            _write(_UNCOUNTED, [mixture.uncounted_row(result) for result in batch])
        made += len(batch)
        progress(made)
    return made


class _Mixture:
    """Results as calls bring them: most are safe, few services and labels make up most."""

    def __init__(self, account: Account, count: int, days: float, seed: int) -> None:
        catalogue = load_catalogue()
        self._random = random.Random(seed)  # noqa: S311 - nothing depends on its secrecy
        self._account_id = account.pk
        self._zone = zoneinfo.ZoneInfo(account.time_zone)
        self._count = count
        self._first = timezone.now() - timedelta(days=days)
        self._gap = timedelta(days=days) / max(count, 1)
        services = [service for service in catalogue.services.values() if service.labels]
        self._services = [(one.code, one.labels, _falling(len(one.labels))) for one in services]
        self._service_weights = _falling(len(services))

    def results(self) -> Iterator[DetectionResult]:
        """Yield them, oldest first; they are not stored."""
        chosen = self._random
        for number in range(self._count):
            moment = self._first + number * self._gap
            [(service, labels, weights)] = chosen.choices(
                self._services, cum_weights=self._service_weights
            )
            risk, returned = self._verdict(labels, weights)
            yield DetectionResult(
                # The running number keeps those of one millisecond apart.
                id=first_id_of(moment) | number & 0xFFFFF,
                account_id=self._account_id,
                request_id=str(uuid.UUID(int=chosen.getrandbits(128), version=4)).upper(),
                data_id=f"post-{number}" if chosen.random() < DATA_ID_SHARE else "",
                service_code=service,
                ruleset_version=1 + 3 * number // self._count,
                source="test" if chosen.random() < TEST_SHARE else "api",
                risk_level=risk,
                labels=returned,
                duration_ms=round(chosen.lognormvariate(5.2, 0.4), 2),
                created_at=moment,
            )

    def _verdict(
        self, labels: Sequence[str], weights: list[float]
    ) -> tuple[str, list[dict[str, Any]]]:
        chosen = self._random
        lot = chosen.random()
        if lot < SAFE_SHARE:
            return "none", [_returned(NO_LABEL, None, "none")]
        if lot < SAFE_SHARE + EXEMPT_SHARE:
            return "none", [_returned(EXEMPT_LABEL, 91.25, "none")]
        [risk] = chosen.choices(_RISKS, _RISK_WEIGHTS)
        [number] = chosen.choices(_LABEL_COUNTS, _LABEL_COUNT_WEIGHTS)
        codes = dict.fromkeys(chosen.choices(labels, cum_weights=weights, k=number))
        return risk, [_returned(code, round(chosen.uniform(40, 99), 2), risk) for code in codes]

    def row(self, result: DetectionResult) -> tuple[Any, ...]:
        """Return the columns of a result; it has no pictures and no fingerprint."""
        return (
            result.pk, self._account_id, result.request_id, result.data_id, result.service_code,
            result.ruleset_version, 0, result.source, result.risk_level,
            json.dumps(result.labels), _FINDINGS, b"", "made up to measure with", "JPEG",
            1280, 960, 180_000, "0" * 64, result.duration_ms, _STEPS, "", "", "",
            _moment(result.created_at),
        )  # fmt: skip

    def uncounted_row(self, result: DetectionResult) -> tuple[Any, ...]:
        """Return what the statistics need to know of a result."""
        date = result.created_at.astimezone(self._zone).date().isoformat()
        labels = ",".join(label["label"] for label in result.labels)
        return (
            result.pk, self._account_id, date, result.service_code, result.source,
            result.risk_level, labels,
        )  # fmt: skip


def _falling(count: int) -> list[float]:
    """Return cumulative weights of which each is smaller than the one before, as usage falls."""
    return list(accumulate(1 / place**1.2 for place in range(1, count + 1)))


def _returned(label: str, confidence: float | None, risk: str) -> dict[str, Any]:
    return {"label": label, "confidence": confidence, "risk_level": risk}


def _label_rows(result: DetectionResult) -> Iterator[tuple[Any, ...]]:
    for label in result.labels:
        yield (
            result.account_id, result.service_code, label["label"], result.pk, result.risk_level,
            result.source, result.ruleset_version, label["confidence"],
        )  # fmt: skip


def _moment(moment: datetime) -> datetime | str:
    if connection.vendor == "postgresql":
        return moment
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _write(columns: _Columns, rows: list[tuple[Any, ...]]) -> None:
    """Write rows with COPY if the database has it."""
    names = ", ".join(map(connection.ops.quote_name, columns.names))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.cursor.copy(f"COPY {columns.table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        places = ", ".join(["%s"] * len(columns.names))
        sql = f"INSERT INTO {columns.table} ({names}) VALUES ({places})"  # noqa: S608 - our names
        cursor.executemany(sql, rows)
