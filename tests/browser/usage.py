"""A month of usage to look at."""

from __future__ import annotations

import math
from datetime import timedelta

from django.utils import timezone

from console.models import Account
from stats.models import DailyUsage, MonthlyUsage

LABELS = (
    "pt_logotoSocialNetwork",
    "inappropriate_smoking",
    "violent_horrific_tii",
    "pornographic_adultContent",
    "profanity_oral_tii",
    "pt_qrCode",
    "contraband_gamble",
    "violent_gun",
    "sexual_cleavage",
    "violent_gun_lib",
    "contraband_drug_tii",
    "religion_clothing",
)
SERVICES = {"baselineCheck_global": 1.0, "profilePhotoCheck": 0.4, "tonalityImprove": 0.1}


def add_usage(account: Account, days: int = 65) -> None:
    """Count calls with hits on each of the last days, more of them on working days."""
    today = timezone.localdate()
    for model in (DailyUsage, MonthlyUsage):
        model.objects.filter(account=account).delete()
    rows = []
    months: dict[tuple[object, ...], MonthlyUsage] = {}
    for back in range(days):
        day = today - timedelta(days=back)
        for service, part in SERVICES.items():
            calls = round(
                part * (30_000 + 6000 * math.sin(back)) * (1 if day.weekday() < 5 else 0.6)
            )
            hits = {label: round(calls / 40 / (place + 2)) for place, label in enumerate(LABELS)}
            for label, count in {"": calls, **hits}.items():
                found = sum(hits.values()) if not label else count
                risks = {"high": found // 4, "medium": found // 4, "low": found - found // 4 * 2}
                fields = {
                    "account": account,
                    "service_code": service,
                    "source": "api",
                    "label": label,
                }
                rows.append(DailyUsage(date=day, calls=count, **risks, **fields))
                start = day.replace(day=1)
                empty = MonthlyUsage(date=start, calls=0, high=0, medium=0, low=0, **fields)
                month = months.setdefault((start, service, label), empty)
                for name, number in {"calls": count, **risks}.items():
                    setattr(month, name, getattr(month, name) + number)
    DailyUsage.objects.bulk_create(rows)
    MonthlyUsage.objects.bulk_create(months.values())
