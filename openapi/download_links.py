"""Addresses at which a browser gets a file for a while, without signing in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from django.core import signing
from django.urls import reverse

from console.models import AccessKey
from openapi.authentication import ApiCall

LIFETIME = timedelta(minutes=30)
_SALT = "openapi.download_links"


class Download(NamedTuple):
    """What an address stands for: a kind of file, and which one of the key's account."""

    access_key: AccessKey
    kind: str
    values: dict[str, Any]


def download_link(call: ApiCall, kind: str, values: dict[str, Any]) -> str:
    """Return the address of a file under the host that the caller used."""
    token = signing.dumps([call.access_key.pk, kind, values], salt=_SALT, compress=True)
    return f"{call.origin}{reverse('openapi:download', args=[token])}"


def read_download(token: str) -> Download | None:
    """Return what an address stands for; None if it is not ours, too old, or its key disabled."""
    try:
        key_id, kind, values = signing.loads(token, salt=_SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return None
    keys = AccessKey.objects.filter(pk=key_id, enabled=True).select_related("account")
    access_key = keys.first()
    return Download(access_key, kind, values) if access_key else None
