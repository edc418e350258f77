"""Creates an access key for programs."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser

from console.commands import ReportingCommand, add_account_argument, chosen_account, refusal
from console.models import AccessKey
from console.services import create_access_key


class Command(ReportingCommand):
    """Create an access key and print its ID and secret; the secret is shown this once."""

    help = "Create an access key and print its ID and secret; the secret is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the account, the name and the limit."""
        super().add_arguments(parser)
        add_account_argument(parser)
        parser.add_argument("--name", default="", help="The program that will use the key.")
        parser.add_argument("--qps-limit", type=int, help="Calls per second; empty for no own one.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create it."""
        account = chosen_account(options["account"])
        name, qps_limit = options["name"], options["qps_limit"]
        try:
            AccessKey(name=name, qps_limit=qps_limit).clean_fields(
                exclude=["account", "key_id", "encrypted_secret", "created_by", "last_used_at"]
            )
        except ValidationError as error:
            raise refusal(error) from error
        key, secret = create_access_key(account=account, name=name, qps_limit=qps_limit)
        self.report({"id": key.key_id, "secret": secret}, as_json=options["json"])
