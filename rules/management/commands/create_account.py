"""Creates an account with all services of the catalogue."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.db import transaction

from console.commands import ReportingCommand, refusal
from console.models import Account
from console.services import create_account
from rules.services import install_catalogue


class Command(ReportingCommand):
    """Create an account with all services; members and access keys have their own commands."""

    help = "Create an account with all services of the catalogue, without members."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the name."""
        super().add_arguments(parser)
        parser.add_argument("name", help="The account's name, used by no other account.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create it."""
        name = options["name"]
        try:
            Account(name=name).full_clean()
        except ValidationError as error:
            raise refusal(error) from error
        with transaction.atomic():
            account = create_account(name=name)
            services = install_catalogue(account=account)
        values = {"uid": account.uid, "name": account.name, "services": len(services)}
        self.report(values, as_json=options["json"])
