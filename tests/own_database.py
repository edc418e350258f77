"""A database that belongs to one test, for the programs that it starts."""

from __future__ import annotations

import atexit
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import environ
import psycopg
from psycopg import sql

Rows = list[tuple[Any, ...]]

SETTING = "DATABASE_URL"


def own_database(folder: Path) -> dict[str, str]:
    """Return the settings of a folder and a database of its own.

    The database is in the folder, or a new one on the server that DATABASE_URL names; that one is
    dropped when the tests end.
    """
    settings = {"DATA_DIR": str(folder)}
    server = os.environ.get(SETTING)
    return settings | {SETTING: _database_of(folder, server)} if server else settings


@cache
def _database_of(folder: Path, server: str) -> str:
    """Return the URL of a folder's database, which is made when it is first asked for."""
    name = f"test_own_{uuid4().hex}"
    _on_server(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
    atexit.register(_on_server, server, drop)
    return f"{server.rpartition('/')[0]}/{name}"


def ask(settings: Mapping[str, str], query: str, *, timeout_s: float = 20) -> Rows:
    """Return the rows of a query to the database that the settings name."""
    with closing(connect(settings, timeout_s=timeout_s)) as database:
        rows: Rows = database.execute(query).fetchall()
    return rows


def connect(settings: Mapping[str, str], *, timeout_s: float = 20) -> Any:
    """Return a connection to the database that the settings name, of psycopg or sqlite3."""
    if settings.get(SETTING):
        return _connection(settings[SETTING])
    path = Path(settings["DATA_DIR"]) / "assay.sqlite3"
    return sqlite3.connect(path, timeout_s, isolation_level=None)


def _on_server(url: str, command: sql.Composed) -> None:
    with _connection(url) as database:
        database.execute(command)


def _connection(url: str) -> psycopg.Connection:
    named = environ.Env.db_url_config(url)
    return psycopg.connect(
        host=named["HOST"],
        port=named["PORT"] or None,
        user=named["USER"] or None,
        password=named["PASSWORD"] or None,
        dbname=named["NAME"],
        autocommit=True,
    )
