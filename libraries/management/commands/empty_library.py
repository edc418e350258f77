"""Deletes all images of a library."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandError, CommandParser

from console.commands import ReportingCommand, add_account_argument, chosen_account
from console.models import Member
from console.roles import Role
from libraries import emptying
from libraries.services.image_libraries import empty_image_library

PAUSE_S = 0.02  # for those who wait to write


class Command(ReportingCommand):
    """Delete all images of a library; the library itself stays."""

    help = "Delete all images of a library; the library itself stays."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the account and the name."""
        super().add_arguments(parser)
        add_account_argument(parser)
        parser.add_argument("name", help="Name of the library.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Empty it."""
        account = chosen_account(options["account"])
        library = account.image_libraries.filter(name=options["name"]).first()
        author = Member.objects.filter(account=account, role=Role.ADMINISTRATOR).first()
        if library is None or author is None:
            raise CommandError(f"There is no library {options['name']!r}, or no administrator.")
        started = time.perf_counter()
        deleted = empty_image_library(library=library, author=author)
        while emptying.delete_some(library.pk):  # the worker does so too, if there is one
            time.sleep(PAUSE_S)
        seconds = round(time.perf_counter() - started, 1)
        self.report({"deleted": deleted, "seconds": seconds}, as_json=options["json"])
