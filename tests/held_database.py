"""A process that keeps everybody else from writing to a database: run as a program, until a line.

SQLite has one writer. On PostgreSQL it locks the tables that are written on the way of calls.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

from tests.own_database import SETTING, connect
from tests.web_server import ROOT

_LOCK_TABLES = "LOCK TABLE console_usednonce, openapi_upload IN ACCESS EXCLUSIVE MODE"


@contextmanager
def held_database(settings: Mapping[str, str]) -> Iterator[None]:
    """Keep others from writing to the database that the settings name."""
    holder = subprocess.Popen(
        [sys.executable, "-m", "tests.held_database"],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        yield
    finally:
        holder.communicate("\n")


def main() -> None:
    on_server = bool(os.environ.get(SETTING))
    with closing(connect(os.environ)) as database:
        database.execute("BEGIN" if on_server else "BEGIN IMMEDIATE")
        if on_server:
            database.execute(_LOCK_TABLES)
        sys.stdout.write("held\n")
        sys.stdout.flush()
        sys.stdin.readline()
        database.rollback()


if __name__ == "__main__":
    main()
