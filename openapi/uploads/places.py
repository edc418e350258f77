"""Where a client finds the object store, which puts the bucket into the host's name if it can."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_LOOPBACK = "127.0.0.1"


class Place(NamedTuple):
    """What a client of the object store has to be told."""

    bucket: str
    endpoint: str


def upload_place(origin: str) -> Place:
    """Return the bucket and the endpoint for a client that called this origin.

    For a name, clients put the bucket before it: those of moderation.example.com are told the
    bucket "moderation" of example.com, so that no other name is needed. A localhost is a name for
    some and an address for others, so they are told the address.
    """
    bucket = settings.UPLOAD_BUCKET
    if settings.UPLOAD_ENDPOINT:
        return Place(bucket, settings.UPLOAD_ENDPOINT.rstrip("/"))
    parts = urlsplit(origin)
    host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    if host == "localhost":
        return Place(bucket, f"{parts.scheme}://{_LOOPBACK}{port}")
    label, _, rest = host.partition(".")
    if _is_address(host) or not rest or not _BUCKET.fullmatch(label):
        return Place(bucket, origin)
    return Place(label, f"{parts.scheme}://{rest}{port}")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
