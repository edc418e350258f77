"""Brings an installation up to date before it is run; harmless if it is."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from console.translations import compile_messages
from rules import installation


class Command(BaseCommand):
    """Bring database, static files, translations, networks and accounts up to date."""

    help = "Bring database, static files, translations, networks and accounts up to date."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Take the steps; the networks are converted meanwhile."""
        try:
            with installation.networks_converted():
                self._take_steps()
        except installation.ConversionFailed as error:
            raise CommandError(str(error)) from error

    def _take_steps(self) -> None:
        installation.update_database()
        compile_messages()
        installation.update_static_files()
        administrator = installation.update_accounts()
        if administrator is not None:
            self.stdout.write(
                "\n"
                "  Sign in with this name and password; the password is shown this once.\n"
                f"    user name  {administrator.username}\n"
                f"    password   {administrator.password}\n"
            )
            self.stdout.flush()  # the programs' lines go past Python's buffer
