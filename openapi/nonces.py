"""The nonces that were used, so that no call can be replayed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, connections

from console.models import AccessKey, UsedNonce
from openapi.errors import GatewayError, invalid_parameter

LIFETIME = timedelta(minutes=30)
"""A signed date may be 15 minutes off either way, so a call can come back for 30 minutes."""

MAX_NONCE_CHARACTERS = 128
_INSERT = (
    f"INSERT INTO {UsedNonce._meta.db_table} (access_key_id, nonce, used_at)"  # noqa: S608
    " VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
)


def use_nonce(access_key: AccessKey, nonce: str, now: datetime) -> None:
    """Remember a nonce of a call whose signature holds; all processes share the memory.

    Raises GatewayError if the key used it before.
    """
    if not 1 <= len(nonce) <= MAX_NONCE_CHARACTERS or not nonce.isprintable():
        raise invalid_parameter(
            f"The nonce must have 1 to {MAX_NONCE_CHARACTERS} printable characters."
        )
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        # One statement, not a create() in a transaction: this is on the way of every call.
        cursor.execute(
            _INSERT, [access_key.pk, nonce, connection.ops.adapt_datetimefield_value(now)]
        )
        was_new = cursor.rowcount == 1
    if not was_new:
        message = "The nonce was used before; make a new one for every call, repeated ones too."
        raise GatewayError(400, "SignatureNonceUsed", message)


def forget_old_nonces(now: datetime) -> int:
    """Delete the nonces of calls that are refused by their date anyway; return how many."""
    deleted, _ = UsedNonce.objects.filter(used_at__lt=now - LIFETIME).delete()
    return deleted
