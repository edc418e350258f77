"""The steps that bring an installation up to date; each does nothing if nothing is to do."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from console.models import Account
from console.roles import Role
from console.services import create_account, create_member, generate_password
from rules.services import install_catalogue

FIRST_ACCOUNT = "Main account"
FIRST_ADMINISTRATOR = "admin"
CONVERTED_NETWORKS = "efficientnet-*.onnx"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody signs in with."""

    username: str
    password: str


class ConversionFailed(Exception):
    """The networks could not be converted; the process that tried has printed why."""


@contextmanager
def networks_converted() -> Iterator[None]:
    """Convert the networks beside the body, unless they are there; wait for the end of it.

    A process of its own does it, for it needs much memory for a moment. Processes that load
    the networks check them again.

    Raises ConversionFailed.
    """
    folder = Path(settings.MODEL_DIR)
    if any(folder.glob(CONVERTED_NETWORKS)):
        yield
        return
    command = [sys.executable, "-m", "moderation.inference", str(folder)]
    with subprocess.Popen(command, cwd=settings.BASE_DIR) as conversion:  # noqa: S603 - ours
        yield
    if conversion.returncode:
        raise ConversionFailed("The networks could not be converted; see above.")


def update_database() -> None:
    """Apply the migrations that are missing."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)


def update_static_files() -> None:
    """Collect and compress the static files if one of them has changed."""
    state, stamp = _static_files_state(), Path(settings.DATA_DIR) / "static.sha256"
    if stamp.exists() and stamp.read_text() == state:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True, skip_checks=True)
    stamp.write_text(state)


def _static_files_state() -> str:
    """Return a digest of the path, size and time of every static file."""
    digest = hashlib.sha256(f"{settings.STORAGES['staticfiles']}".encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            file = Path(storage.path(path)).stat()
            digest.update(f"{path} {file.st_size} {file.st_mtime_ns}\n".encode())
    return digest.hexdigest()


@transaction.atomic
def update_accounts() -> Credentials | None:
    """Give every account the services that it lacks.

    If there is no account, create one with an administrator, whose credentials are returned.
    """
    credentials = None if Account.objects.exists() else _create_first_account()
    for account in Account.objects.all():
        install_catalogue(account=account)
    return credentials


def _create_first_account() -> Credentials:
    credentials = Credentials(FIRST_ADMINISTRATOR, generate_password())
    create_member(
        account=create_account(name=FIRST_ACCOUNT),
        username=credentials.username,
        password=credentials.password,
        role=Role.ADMINISTRATOR,
    )
    return credentials
