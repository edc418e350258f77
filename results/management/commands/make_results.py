"""Makes many detection results, to measure how the pages do with them."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandParser
from django.db import connection

from console.commands import ReportingCommand, add_account_argument, chosen_account
from results.made_results import make_results
from results.models import DetectionResult, ResultLabel


class Command(ReportingCommand):
    """Make results that look like those of calls, without pictures."""

    help = (
        "Make detection results to measure with: spread evenly over the last days, 85 % of them"
        " safe, few services and labels in most. They have no pictures, no evidence and no"
        " fingerprint on purpose; the statistics count them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the account, the count, the days and the seed."""
        super().add_arguments(parser)
        add_account_argument(parser)
        parser.add_argument("--count", type=int, default=1_000_000, help="How many; 1,000,000.")
        parser.add_argument("--days", type=float, default=30.0, help="Over how many days; 30.")
        parser.add_argument("--seed", type=int, default=0, help="Another number, other results.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them."""
        started = time.perf_counter()
        made = make_results(
            chosen_account(options["account"]),
            count=options["count"],
            days=options["days"],
            seed=options["seed"],
            progress=lambda made: None if options["json"] else self.stderr.write(f"{made:,} made"),
        )
        _know_the_tables()
        seconds = round(time.perf_counter() - started, 1)
        self.report({"made": made, "seconds": seconds}, as_json=options["json"])


def _know_the_tables() -> None:
    """Have PostgreSQL know at once what it learns by itself later."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in (DetectionResult, ResultLabel):
                cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")
