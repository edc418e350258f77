"""What the management commands share: reporting for people and for scripts, choosing an account."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from console.models import Account


class ReportingCommand(BaseCommand):
    """A command that reports values: a line for each, or all in one line of JSON with --json."""

    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --json."""
        parser.add_argument("--json", action="store_true", help="Print one line of JSON.")

    def report(self, values: Mapping[str, Any], *, as_json: bool) -> None:
        """Print the values."""
        if as_json:
            self.stdout.write(json.dumps(values, ensure_ascii=False))
            return
        for name, value in values.items():
            self.stdout.write(f"{name.replace('_', ' ')}: {value}")


def add_account_argument(parser: CommandParser) -> None:
    """Add --account, for chosen_account()."""
    parser.add_argument(
        "--account", default="", help="Name or UID of the account; the first one if not given."
    )


def chosen_account(name_or_uid: str) -> Account:
    """Return the account of that name or UID, or the first one if that is empty.

    Raises CommandError if there is none.
    """
    accounts = Account.objects.order_by("pk")
    if name_or_uid:
        accounts = accounts.filter(Q(name=name_or_uid) | Q(uid=name_or_uid))
    account = accounts.first()
    if account is None:
        wanted = f"no account {name_or_uid!r}" if name_or_uid else "no account yet"
        raise CommandError(f"There is {wanted}. Create one with: manage.py create_account NAME")
    return account


def refusal(error: ValidationError) -> CommandError:
    """Return what a command says if a value is not valid."""
    return CommandError(" ".join(error.messages))
