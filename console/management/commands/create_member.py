"""Creates somebody who can sign in."""

from __future__ import annotations

import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser

from console.commands import ReportingCommand, add_account_argument, chosen_account, refusal
from console.models import User
from console.roles import Role
from console.services import create_member, generate_password


class Command(ReportingCommand):
    """Create a member of an account; the password is read from standard input or generated."""

    help = "Create a member of an account; the password is read from standard input or generated."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add name, account, role, e-mail address and where the password comes from."""
        super().add_arguments(parser)
        add_account_argument(parser)
        parser.add_argument("username", help="The name to sign in with.")
        parser.add_argument("--role", choices=Role.values, default=Role.VIEWER)
        parser.add_argument("--email", default="", help="E-mail address.")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="Read the password from standard input; otherwise one is generated and printed.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the member."""
        account = chosen_account(options["account"])
        given = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else None
        password = generate_password() if given is None else given
        username, email = options["username"], options["email"]
        _validate(username, email, password)
        role = Role(options["role"])
        create_member(account=account, username=username, password=password, role=role, email=email)
        values = {"username": username, "role": role.value, "account": account.uid}
        shown = {"password": password} if given is None else {}
        self.report(values | shown, as_json=options["json"])


def _validate(username: str, email: str, password: str) -> None:
    user = User(username=username, email=email)
    try:
        user.full_clean(exclude=["password"])
        validate_password(password, user)
    except ValidationError as error:
        raise refusal(error) from error
