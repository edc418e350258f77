"""The nonces that were used, so that no call can be replayed."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2b

from django.db import DEFAULT_DB_ALIAS, connections

from console.models import AccessKey, Account, UsedNonce
from openapi.errors import GatewayError, invalid_parameter

LIFETIME = timedelta(minutes=30)
"""A signed date may be 15 minutes off either way, so a call can come back for 30 minutes."""

MAX_NONCE_CHARACTERS = 128
_FORGOTTEN_AT_ONCE = 1000  # more would keep those who call waiting, as SQLite has one writer
# One statement on the way of every call, not a create() in a transaction. It stores nothing
# unless the key still is what the caller was checked against.
_INSERT = (
    f"INSERT INTO {UsedNonce._meta.db_table} (digest, used_at)"  # noqa: S608 - names of our own
    " SELECT %s, %s WHERE EXISTS ("
    f"SELECT 1 FROM {AccessKey._meta.db_table} access_key"
    f" JOIN {Account._meta.db_table} account ON account.id = access_key.account_id"
    " WHERE access_key.id = %s AND access_key.enabled"
    " AND COALESCE(access_key.qps_limit, -1) = %s"
    " AND account.time_zone = %s AND account.keeps_originals = %s"
    ") ON CONFLICT DO NOTHING"
)


def use_nonce(access_key: AccessKey, nonce: str, now: datetime) -> None:
    """Remember a nonce of a call whose signature holds; all processes share the memory.

    Raises GatewayError if the key used it before, or is not any more as it is given here.
    """
    if not 1 <= len(nonce) <= MAX_NONCE_CHARACTERS or not nonce.isprintable():
        raise invalid_parameter(
            f"The nonce must have 1 to {MAX_NONCE_CHARACTERS} printable characters."
        )
    connection = connections[DEFAULT_DB_ALIAS]
    account = access_key.account
    values = [
        digest_of(access_key.pk, nonce),
        connection.ops.adapt_datetimefield_value(now),
        access_key.pk,
        -1 if access_key.qps_limit is None else access_key.qps_limit,
        account.time_zone,
        account.keeps_originals,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        was_new = cursor.rowcount == 1
    if not was_new:
        message = "The nonce was used before; make a new one for every call, repeated ones too."
        raise GatewayError(400, "SignatureNonceUsed", message)


def digest_of(key_pk: int, nonce: str) -> int:
    """Return 64 bits of a hash of a key and a nonce of it.

    Of a million nonces that are remembered, the next is taken for one of them once in 10^13
    calls, and refused then.
    """
    digest = blake2b(f"{key_pk} {nonce}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def forget_old_nonces(now: datetime) -> int:
    """Delete the nonces of calls that are refused by their date anyway; return how many."""
    old = UsedNonce.objects.filter(used_at__lt=now - LIFETIME).values_list("pk", flat=True)
    deleted = 0
    while digests := list(old[:_FORGOTTEN_AT_ONCE]):
        deleted += UsedNonce.objects.filter(pk__in=digests).delete()[0]
    return deleted
