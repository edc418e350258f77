"""The two rows that every call is about.

Their SQL is written out, because Django takes ten times as long to compose it as the database
takes to answer. Columns that are left out are read when they are asked for.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from console.models import AccessKey, Account
from rules.models import Service

_KEY_FIELDS = ["id", "account_id", "key_id", "encrypted_secret", "enabled", "qps_limit"]
_ACCOUNT_FIELDS = ["id", "uid", "time_zone", "keeps_originals"]  # as the model orders them
_SERVICE_FIELDS = ["id", "account_id", "code", "built_in_code", "version"]

Row = tuple[Any, ...]


def _columns(table: str, fields: list[str]) -> str:
    return ", ".join(f"{table}.{field}" for field in fields)


_KEY_SQL = (
    f"SELECT {_columns('access_key', _KEY_FIELDS)}, {_columns('account', _ACCOUNT_FIELDS)},"  # noqa: S608 - names of our own
    " access_key.last_used_at IS NULL OR access_key.last_used_at < %s"
    f" FROM {AccessKey._meta.db_table} access_key"
    f" JOIN {Account._meta.db_table} account ON account.id = access_key.account_id"
    " WHERE access_key.key_id = %s"
)
_SERVICE_SQL = (
    f"SELECT {_columns('service', _SERVICE_FIELDS)} FROM {Service._meta.db_table} service"  # noqa: S608 - names of our own
    " WHERE service.account_id = %s AND service.code = %s"
)


def read_key(key_id: str, *, used_before: datetime) -> tuple[Row | None, bool]:
    """Return the key of that id for key_of(), and whether it was not used since a time."""
    moment = connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value(used_before)
    row = _fetch(_KEY_SQL, [moment, key_id])
    return (None, False) if row is None else (row[:-1], bool(row[-1]))


def key_of(row: Row) -> AccessKey:
    """Return the key, and with it its account, that read_key() has read."""
    account_from = len(_KEY_FIELDS)
    key = AccessKey.from_db(DEFAULT_DB_ALIAS, _KEY_FIELDS, row[:account_from])
    key.account = Account.from_db(DEFAULT_DB_ALIAS, _ACCOUNT_FIELDS, row[account_from:])
    return key


def read_service(account: Account, code: str) -> Row | None:
    """Return the account's service of exactly that code, for service_of()."""
    return _fetch(_SERVICE_SQL, [account.pk, code])


def service_of(row: Row, account: Account) -> Service:
    """Return the account's service that read_service() has read."""
    service = Service.from_db(DEFAULT_DB_ALIAS, _SERVICE_FIELDS, row)
    service.account = account
    return service


def _fetch(sql: str, values: list[Any]) -> Row | None:
    if not all(value.isprintable() for value in values if isinstance(value, str)):
        return None  # names no row; databases refuse null characters and halves of characters
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(sql, values)
        row: Row | None = cursor.fetchone()
    return row
