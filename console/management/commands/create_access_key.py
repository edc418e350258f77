"""Creates an access key for programs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from console.commands import ReportingCommand, add_account_argument, chosen_account
from console.services import create_access_key

MAX_NAME_LENGTH = 80


class Command(ReportingCommand):
    """Create an access key and print its ID and secret; the secret is shown this once."""

    help = "Create an access key and print its ID and secret; the secret is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the account, the name and the limit."""
        super().add_arguments(parser)
        add_account_argument(parser)
        parser.add_argument(
            "--name", default="Made by a command", help="The program that will use the key."
        )
        parser.add_argument("--qps-limit", type=int, help="Calls per second; empty for no own one.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create it."""
        account = chosen_account(options["account"])
        name, qps_limit = options["name"], options["qps_limit"]
        if qps_limit is not None and qps_limit < 1:
            raise CommandError("The limit must be 1 or more.")
        if len(name) > MAX_NAME_LENGTH:
            raise CommandError(f"The name must have at most {MAX_NAME_LENGTH} characters.")
        key, secret = create_access_key(account=account, name=name, qps_limit=qps_limit)
        self.report({"id": key.key_id, "secret": secret}, as_json=options["json"])
