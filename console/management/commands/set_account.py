"""Changes the settings of an account."""

from __future__ import annotations

import zoneinfo
from argparse import BooleanOptionalAction
from typing import Any

from django.core.management.base import CommandError, CommandParser

from console.commands import ReportingCommand, add_account_argument, chosen_account
from console.services import set_account


class Command(ReportingCommand):
    """Change an account's time zone, and whether it keeps original pictures; print both."""

    help = "Change the settings of an account, and print them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the account and its settings."""
        super().add_arguments(parser)
        add_account_argument(parser)
        parser.add_argument(
            "--time-zone",
            help="Such as Asia/Shanghai; of pages, and of the days of statistics from now on.",
        )
        parser.add_argument(
            "--keep-originals",
            action=BooleanOptionalAction,
            help="Store pictures as they were sent, beside the results.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Change what is given."""
        account = chosen_account(options["account"])
        time_zone = options["time_zone"] or account.time_zone
        if time_zone not in zoneinfo.available_timezones():
            raise CommandError(f"There is no time zone {time_zone!r}. Try one like Europe/Berlin.")
        keeps = options["keep_originals"]
        set_account(
            account=account,
            time_zone=time_zone,
            keeps_originals=account.keeps_originals if keeps is None else keeps,
        )
        values = {
            "account": account.uid,
            "time_zone": account.time_zone,
            "keeps_originals": account.keeps_originals,
        }
        self.report(values, as_json=options["json"])
