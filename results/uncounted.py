"""Leaving word of stored results for the usage statistics, which count each exactly once."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable

from console.models import Account
from results.ids import moment_of
from results.models import DetectionResult, UncountedResult


def leave_uncounted(account: Account, results: Iterable[DetectionResult]) -> None:
    """Leave results of an account to be counted; call it in the transaction that stores them."""
    zone = zoneinfo.ZoneInfo(account.time_zone)
    UncountedResult.objects.bulk_create(
        [
            UncountedResult(
                id=result.pk,
                account_id=account.pk,
                date=moment_of(result.pk).astimezone(zone).date(),
                service_code=result.service_code,
                source=result.source,
                risk_level=result.risk_level,
                labels=",".join(label["label"] for label in result.labels),
            )
            for result in results
        ],
        batch_size=1000,
    )
