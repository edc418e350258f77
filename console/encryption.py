"""Encrypting what has to be read again, such as the secrets of access keys."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


@lru_cache
def _fernet(secret_key: str) -> Fernet:
    derive = HKDF(hashes.SHA256(), length=32, salt=None, info=b"assay access key secrets")
    return Fernet(base64.urlsafe_b64encode(derive.derive(secret_key.encode())))


def encrypt(text: str) -> bytes:
    """Encrypt the text with a key derived from SECRET_KEY."""
    return _fernet(settings.SECRET_KEY).encrypt(text.encode())


def decrypt(token: bytes) -> str:
    """Read what encrypt() wrote; raises InvalidToken if SECRET_KEY has changed since."""
    return _fernet(settings.SECRET_KEY).decrypt(token).decode()
