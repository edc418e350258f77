"""How often each account's services were called and what they found, by day and by month."""

from __future__ import annotations

from django.db import models

from console.models import Account
from results.models import DetectionResult


class UsageCount(models.Model):
    """Calls of one service in one span of time, all or those that returned one label.

    date: the day, or the first day of the month.
    label: empty for all calls; labels of one call are counted in a row each.
    high, medium, low: calls of that risk level; the rest of the calls was safe.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    date = models.DateField()
    service_code = models.CharField(max_length=64)
    source = models.CharField(max_length=4, choices=DetectionResult.Source.choices)
    label = models.CharField(max_length=68, blank=True)
    calls = models.BigIntegerField()
    high = models.BigIntegerField()
    medium = models.BigIntegerField()
    low = models.BigIntegerField()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["account", "date", "service_code", "source", "label"],
                name="%(class)s_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.service_code} {self.label}"


class DailyUsage(UsageCount):
    """Usage by day, in the time zone of the account."""


class MonthlyUsage(UsageCount):
    """The same by month, so that a year is a few rows."""
