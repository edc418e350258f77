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
from openapi.lookups import find_access_key
from openapi.nonces import use_nonce
from openapi.signature import Acs3Signature
from openapi.signature_v1 import HmacSha1Signature
from openapi.wire import WireRequest

_USE_IS_NOTED_EVERY = timedelta(minutes=1)


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
    access_key, use_is_news = _find_key(signature.key_id, now)
    if signature.security_token:
        message = f"The key {access_key.key_id} is permanent; send no security token with it."
        raise GatewayError(400, "InvalidSecurityToken.MismatchWithAccessKey", message)
    signature.verify(_secret_of(access_key), now)
    parameters = signature.parameters
    use_nonce(access_key, signature.nonce, now)
    if use_is_news:
        AccessKey.objects.filter(pk=access_key.pk).update(last_used_at=now)
    return ApiCall(
        request_id, access_key, signature.action, signature.version, parameters, request.origin
    )


def _read_signature(request: WireRequest) -> Acs3Signature | HmacSha1Signature:
    authorization = request.headers.get("authorization", "")
    if authorization.startswith("ACS3-"):
        return Acs3Signature.read(request)
    names = {name for name, _ in request.query_pairs + request.form_pairs}
    if names & {"Signature", "AccessKeyId", "SignatureMethod"}:
        return HmacSha1Signature.read(request)
    names_action = "Action" in names or "x-acs-action" in request.headers
    raise missing_parameter("Authorization" if names_action else "Action")


def _find_key(key_id: str, now: datetime) -> tuple[AccessKey, bool]:
    """Return the key, and whether its last use is to be noted: at most once a minute."""
    used_before = now - _USE_IS_NOTED_EVERY
    access_key, use_is_news = find_access_key(key_id, used_before=used_before)
    if access_key is None:
        message = f"There is no access key {key_id[:64]}; see Access keys in the console."
        raise GatewayError(404, "InvalidAccessKeyId.NotFound", message)
    if not access_key.enabled:
        message = f"The access key {key_id} is disabled; see Access keys in the console."
        raise GatewayError(400, "InvalidAccessKeyId.Inactive", message)
    return access_key, use_is_news


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
