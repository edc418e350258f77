"""A database with made-up results, for the measurements of what keeps and counts them."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def filled_database(results: int, *, days: float) -> Iterator[Any]:
    """Set up Django with so many results of a new account, and yield the account.

    They are in an SQLite file that is deleted afterwards, or in the database of DATABASE_URL.
    """
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        os.environ.update(DATA_DIR=folder, DJANGO_SETTINGS_MODULE="console.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from console.models import Account

        name = f"Bench {os.getpid()}"
        call_command("migrate", verbosity=0)
        call_command("create_account", name, stdout=io.StringIO())
        how = ("--account", name, "--count", str(results), "--days", str(days), "--json")
        call_command("make_results", *how, stdout=io.StringIO())
        print(f"    {connection.vendor}, {results:,} results, load {os.getloadavg()[0]:.0f}")
        yield Account.objects.get(name=name)
        connection.close()
