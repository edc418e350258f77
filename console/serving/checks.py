"""What must hold before anything is started, each with a message that says how to mend it."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import socket
import time
from pathlib import Path
from typing import TextIO

LONGEST_SOCKET_PATH_BYTES = 103  # macOS allows 103, Linux 107
HIGHEST_PORT = 65_535
LEAST_FREE_BYTES = 200 * 2**20
LOCK_FILE = "serve.lock"
LOCK_PATIENCE_S = 10.0  # a copy that was killed takes a moment to end its programs


class CannotStart(Exception):
    """Something must be mended first; the text says what and how."""


def check_port(host: str, port: int) -> None:
    """Raise CannotStart if the address cannot be listened on."""
    try:
        if not 0 < port <= HIGHEST_PORT:
            raise OverflowError(f"a port is a number from 1 to {HIGHEST_PORT}")
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as error:
        raise CannotStart(_port_problem(error, host, port)) from error


def _port_problem(error: OSError | OverflowError, host: str, port: int) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return (
            f"Port {port} is taken by another program. "
            f"Choose another one, such as: make run PORT={port + 1}"
        )
    if number == errno.EACCES:
        return f"Port {port} needs more rights than you have. Choose one above 1023."
    return f"Cannot listen on HOST={host} PORT={port}: {error}. Correct HOST or PORT."


def check_socket_path(path: Path) -> None:
    """Raise CannotStart if the path is too long for a Unix socket."""
    length = len(os.fsencode(path))
    if length > LONGEST_SOCKET_PATH_BYTES:
        surplus = length - LONGEST_SOCKET_PATH_BYTES
        raise CannotStart(
            f"The path of DATA_DIR is {surplus} bytes too long for the socket {path}. "
            "Choose a shorter one, such as: make run DATA_DIR=/var/tmp/assay"
        )


def check_disk(folder: Path) -> None:
    """Raise CannotStart if hardly any space is left."""
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise CannotStart(
            f"Only {free // 2**20} MB are free where DATA_DIR is ({folder}); "
            f"at least {LEAST_FREE_BYTES // 2**20} MB are needed. Free some space, "
            "or set DATA_DIR to another disk."
        )


def lock(folder: Path, description: str) -> TextIO:
    """Keep a second copy away from the folder for as long as the returned file is open.

    description: what the second copy tells its user of the first.

    Raises CannotStart if another copy runs on the folder.
    """
    file = (folder / LOCK_FILE).open("a+", encoding="utf-8")
    deadline = time.monotonic() + LOCK_PATIENCE_S
    while not _locked(file):
        file.seek(0)
        owner = file.read().strip()
        if _is_alive(owner) or time.monotonic() > deadline:
            file.close()
            raise CannotStart(
                f"Assay runs on {folder} already ({owner}). "
                "For a second copy choose another folder and port, such as: "
                "make run DATA_DIR=var2 PORT=8001"
            )
        time.sleep(0.1)
    file.truncate(0)
    file.write(f"process {os.getpid()}, {description}")
    file.flush()
    return file


def _locked(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(owner: str) -> bool:
    """Say whether the process that the lock file names runs; its programs may outlive it."""
    found = re.match(r"process (\d+),", owner)
    if found is None:
        return False
    try:
        os.kill(int(found[1]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
