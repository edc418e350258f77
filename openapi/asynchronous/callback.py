"""Where a caller of an asynchronous action wants to be called back, and how that is signed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes

from moderation.errors import ParameterInvalid, ParameterMissing, ParameterTooLong
from openapi.asynchronous.models import CryptType
from openapi.service_parameters import check_url, text_of

MAX_URL_CHARACTERS = 2048
MAX_SEED_CHARACTERS = 64
_SEED = re.compile(r"[A-Za-z0-9_]+")
_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    CryptType.SHA256: hashes.SHA256(),
    CryptType.SM3: hashes.SM3(),
}


@dataclass(frozen=True, slots=True)
class Callback:
    """Where to send a result, and with what its checksum is made; no url, no callback."""

    url: str = ""
    seed: str = ""
    crypt_type: str = ""


def read_callback(values: Mapping[str, Any]) -> Callback:
    """Read callback, seed and cryptType; without a callback the others count for nothing.

    Raises ParameterMissing, ParameterTooLong or ParameterInvalid.
    """
    url, seed = text_of(values, "callback"), text_of(values, "seed")
    if not url:
        return Callback()
    if not seed:
        raise ParameterMissing("ServiceParameters has callback but no seed.")
    check_receiver(url, name="callback")
    if len(seed) > MAX_SEED_CHARACTERS:
        raise ParameterTooLong(
            f"seed has {len(seed)} characters; {MAX_SEED_CHARACTERS} are allowed."
        )
    if not _SEED.fullmatch(seed):
        raise ParameterInvalid("seed may have letters A to Z, digits and '_' only.")
    return Callback(url, seed, read_crypt_type(text_of(values, "cryptType"), name="cryptType"))


def check_receiver(url: str, *, name: str) -> None:
    """Raise ParameterTooLong or ParameterInvalid unless notifications can be sent to a URL."""
    if len(url) > MAX_URL_CHARACTERS:
        raise ParameterTooLong(
            f"{name} has {len(url)} characters; {MAX_URL_CHARACTERS} are allowed."
        )
    check_url(url, name=name)


def read_crypt_type(text: str, *, name: str) -> str:
    """Return the kind of checksum, SHA256 if none is named; raises ParameterInvalid."""
    crypt_type = text.strip().upper() or CryptType.SHA256
    if crypt_type not in CryptType.values:
        raise ParameterInvalid(f"{name} must be {' or '.join(CryptType.values)}.")
    return crypt_type


def checksum(*, uid: str, seed: str, content: str, crypt_type: str) -> str:
    """Return the hash of account UID, seed and content, by which a receiver knows its sender."""
    digest = hashes.Hash(_HASHES[crypt_type])
    digest.update(f"{uid}{seed}{content}".encode())
    return digest.finalize().hex()
