"""The run command: everything that the console needs on one machine, in one process tree."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from console.serving import checks, programs
from console.serving.supervisor import ProgramFailed, Supervisor, say


class Command(BaseCommand):
    """Prepare everything, then run Valkey, the web server and the worker until Ctrl-C."""

    help = "Set everything up and run it: Valkey, web server, worker. Stop with Ctrl-C."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal to stop."""
        began = time.monotonic()
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        try:
            self._serve(began)
        except (checks.CannotStart, ProgramFailed) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            say("stopped before everything ran")

    def _serve(self, began: float) -> None:
        folder = Path(settings.DATA_DIR)
        checks.check_disk(folder)
        if settings.OWN_VALKEY:
            checks.check_socket_path(Path(settings.VALKEY_SOCKET))
        lock = checks.lock(folder, programs.url())
        checks.check_port(settings.HOST, settings.PORT)
        call_command("prepare", stdout=self.stdout)
        connections.close_all()
        supervisor = Supervisor(programs.all_programs(), programs.environment(), lock)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, supervisor.stop)
        supervisor.run(announce=lambda: _announce(began))
        say("stopped")


def _announce(began: float) -> None:
    say(f"ready after {time.monotonic() - began:.1f} s: {programs.url()}  (Ctrl-C stops it)")
