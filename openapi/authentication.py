"""Who makes a call: the key behind its signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography.fernet import InvalidToken

from console.encryption import decrypt
from console.models import AccessKey
from openapi.errors import GatewayError, missing_parameter
from openapi.lookups import Row, key_of, read_key
from openapi.nonces import use_nonce
from openapi.signature import Acs3Signature
from openapi.signature_v1 import HmacSha1Signature
from openapi.wire import WireRequest

Signature = Acs3Signature | HmacSha1Signature

_USE_IS_NOTED_EVERY = timedelta(minutes=1)
_MAX_KNOWN_KEYS = 1024


@dataclass(slots=True)
class _KnownKey:
    """A key with its account as this process has read it."""

    row: Row
    use_noted_at: datetime


_known_keys: dict[str, _KnownKey] = {}


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A call whose signature holds; every parameter is covered by it.

    origin: scheme, host and port that the caller used.
    """

    request_id: str
    access_key: AccessKey
    action: str
    version: str
    parameters: Mapping[str, str]
    origin: str


def authenticate(request: WireRequest, *, request_id: str, now: datetime) -> ApiCall:
    """Verify a call's signature and use up its nonce.

    Raises GatewayError if the key, date, signature or nonce is not good.
    """
    signature = _read_signature(request)
    access_key = _known_caller(signature, now) or _caller(signature, now)
    parameters = signature.parameters
    return ApiCall(
        request_id, access_key, signature.action, signature.version, parameters, request.origin
    )


def _known_caller(signature: Signature, now: datetime) -> AccessKey | None:
    """Return the key that made the call, if this process knows it and all is well.

    The statement that stores the nonce sees whether the key still is as it is known here, so that
    a key that was disabled or changed is never taken for what it was.
    """
    known = _known_keys.get(signature.key_id)
    if known is None:
        return None
    access_key = key_of(known.row)
    try:
        _check(access_key, signature, now)
    except GatewayError:  # perhaps only because the key was changed
        return None
    if now - known.use_noted_at >= _USE_IS_NOTED_EVERY:
        _note_use(access_key, now)
        known.use_noted_at = now
    return access_key


def _caller(signature: Signature, now: datetime) -> AccessKey:
    """Return the key that made the call, as it is in the database."""
    row, use_is_news = _find_key(signature.key_id, now)
    access_key = key_of(row)
    _check(access_key, signature, now)
    if use_is_news:
        _note_use(access_key, now)
    if len(_known_keys) >= _MAX_KNOWN_KEYS:
        _known_keys.clear()
    _known_keys[signature.key_id] = _KnownKey(row, use_noted_at=now)
    return access_key


def _check(access_key: AccessKey, signature: Signature, now: datetime) -> None:
    if not access_key.enabled:
        message = f"The access key {signature.key_id} is disabled; see Access keys in the console."
        raise GatewayError(400, "InvalidAccessKeyId.Inactive", message)
    if signature.security_token:
        message = f"The key {access_key.key_id} is permanent; send no security token with it."
        raise GatewayError(400, "InvalidSecurityToken.MismatchWithAccessKey", message)
    signature.verify(_secret_of(access_key), now)
    use_nonce(access_key, signature.nonce, now)


def _note_use(access_key: AccessKey, now: datetime) -> None:
    AccessKey.objects.filter(pk=access_key.pk).update(last_used_at=now)


def _read_signature(request: WireRequest) -> Signature:
    authorization = request.headers.get("authorization", "")
    if authorization.startswith("ACS3-"):
        return Acs3Signature.read(request)
    names = {name for name, _ in request.query_pairs + request.form_pairs}
    if names & {"Signature", "AccessKeyId", "SignatureMethod"}:
        return HmacSha1Signature.read(request)
    names_action = "Action" in names or "x-acs-action" in request.headers
    raise missing_parameter("Authorization" if names_action else "Action")


def _find_key(key_id: str, now: datetime) -> tuple[Row, bool]:
    """Return the key's row, and whether its last use is to be noted: at most once a minute."""
    row, use_is_news = read_key(key_id, used_before=now - _USE_IS_NOTED_EVERY)
    if row is None:
        message = f"There is no access key {key_id[:64]}; see Access keys in the console."
        raise GatewayError(404, "InvalidAccessKeyId.NotFound", message)
    return row, use_is_news


def _secret_of(access_key: AccessKey) -> str:
    try:
        return _decrypt(bytes(access_key.encrypted_secret))
    except InvalidToken:
        message = (
            f"The secret of {access_key.key_id} cannot be read: the server's SECRET_KEY was"
            " changed. Create a new access key in the console."
        )
        raise GatewayError(400, "InvalidAccessKeyId.Inactive", message) from None


@lru_cache(maxsize=1024)
def _decrypt(encrypted_secret: bytes) -> str:
    """Decrypt a secret once per process; a key's secret never changes."""
    return decrypt(encrypted_secret)
