"""Temporary keys of the object store; any process can verify them, none has to remember them.

All that a key is good for stands in its security token, which is signed with SECRET_KEY; its id
and its secret follow from the token.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer

from console.models import AccessKey
from openapi.uploads.errors import access_denied, invalid_key_id

FOLDER = "upload/"
_SALT = "openapi.uploads"
_KEY_ID_DIGITS = 24


@dataclass(frozen=True, slots=True)
class Credentials:
    """A temporary key, good for the objects below a prefix.

    access_key_id: the row of the permanent key that asked for it; without that it is void.
    expires: in seconds since 1970.
    """

    account_id: int
    access_key_id: int
    prefix: str
    expires: int
    token: str

    @property
    def key_id(self) -> str:
        """Return the id of the temporary key."""
        return f"STS.{hashlib.sha256(self.token.encode()).hexdigest()[:_KEY_ID_DIGITS]}"

    @property
    def secret(self) -> str:
        """Return the secret of the temporary key, which only this server can compute."""
        key = f"{_SALT} secret {settings.SECRET_KEY}"
        return hmac.digest(key.encode(), self.token.encode(), "sha256").hex()


def issue(
    access_key: AccessKey, *, now: datetime, life: timedelta, prefix: str = ""
) -> Credentials:
    """Return a new temporary key; prefix is of its own unless one is given."""
    prefix = prefix or f"{FOLDER}{secrets.token_hex(8)}/"
    expires = int((now + life).timestamp())
    values = [access_key.account_id, access_key.pk, prefix, expires]
    token = Signer(salt=_SALT).sign_object(values)
    return Credentials(access_key.account_id, access_key.pk, prefix, expires, token)


def read(key_id: str, token: str, *, now: datetime) -> Credentials:
    """Return the temporary key that a request names, which may not be signed by it yet.

    Raises StoreError if there is no such key, or it is not good any more.
    """
    try:
        account_id, access_key_id, prefix, expires = Signer(salt=_SALT).unsign_object(token)
    except (BadSignature, ValueError):
        raise invalid_key_id() from None
    credentials = Credentials(account_id, access_key_id, prefix, expires, token)
    if not hmac.compare_digest(credentials.key_id.encode(), key_id.encode()):
        raise invalid_key_id()
    if expires < now.timestamp():
        raise access_denied("The temporary key has expired; call DescribeUploadToken again.")
    if not AccessKey.objects.filter(pk=access_key_id, enabled=True).exists():
        raise access_denied("The access key was disabled or deleted.")
    return credentials
