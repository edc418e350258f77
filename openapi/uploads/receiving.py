"""Storing what is sent while it comes, so that no body is ever in memory as a whole."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from openapi.uploads.errors import StoreError, invalid_digest, too_large
from openapi.uploads.models import Upload

FOLDER = "uploads"
MAX_UPLOAD_BYTES = 20 * 2**20
_MD5_BYTES = 16


class _Incoming(File):  # type: ignore[type-arg]  # it is only ever read in chunks
    """A file whose content is counted and hashed while the storage takes it.

    length: how many bytes were announced; None if that is not known.
    """

    def __init__(self, parts: Iterable[bytes], length: int | None) -> None:
        super().__init__(None)
        self._parts = parts
        self._length = length
        self.received = 0
        self.hash = hashlib.md5(usedforsecurity=False)

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield the parts as they come; raises StoreError if they are too many or too few."""
        for part in self._parts:
            self.received += len(part)
            if self.received > MAX_UPLOAD_BYTES:
                raise too_large(MAX_UPLOAD_BYTES)
            self.hash.update(part)
            yield part
        if self._length is not None and self.received != self._length:
            raise StoreError(400, "IncompleteBody", "The body ended too soon.")


def receive(
    parts: Iterable[bytes],
    *,
    account_id: int,
    bucket: str,
    object_name: str,
    content_type: str = "",
    length: int | None = None,
    md5_base64: str = "",
) -> Upload:
    """Store an object, in the place of one of that name if there is one.

    length, md5_base64: as announced by the sender.

    Raises StoreError if the content is not as announced, too large, or beyond the quota.
    """
    _check_announcement(length, md5_base64)
    _check_quota(account_id, length or 0)
    content = _Incoming(parts, length)
    upload = Upload(
        account_id=account_id,
        bucket=bucket,
        object_name=object_name,
        content_type=content_type[:255] if content_type.isprintable() else "",
    )
    storage = upload.file.storage
    name = f"{FOLDER}/{timezone.now():%Y%m%d%H}/{uuid.uuid4().hex}"
    try:
        upload.file.name = storage.save(name, content)
        if md5_base64 and base64.b64encode(content.hash.digest()).decode() != md5_base64:
            raise invalid_digest()
        upload.size_bytes, upload.md5 = content.received, content.hash.hexdigest().upper()
        _put(upload)
    except BaseException:  # whatever it was, nothing is left behind
        delete_file(storage, name)
        raise
    return upload


def _check_announcement(length: int | None, md5_base64: str) -> None:
    if length is not None and length > MAX_UPLOAD_BYTES:
        raise too_large(MAX_UPLOAD_BYTES)
    try:
        is_digest = not md5_base64 or len(base64.b64decode(md5_base64, validate=True)) == _MD5_BYTES
    except ValueError:
        is_digest = False
    if not is_digest:
        raise invalid_digest()


def _check_quota(account_id: int, length: int) -> None:
    """Raise StoreError if the account's uploads of the last half hour fill its share of disk."""
    limit = settings.UPLOAD_QUOTA_MB * 2**20
    kept = Upload.objects.filter(account=account_id).aggregate(size=Sum("size_bytes"))["size"]
    if (kept or 0) + length > limit:
        message = f"Over {settings.UPLOAD_QUOTA_MB} MB of uploads; the oldest are deleted soon."
        raise StoreError(403, "QuotaExceeded", message)


@transaction.atomic
def _put(upload: Upload) -> None:
    """Store the row in the place of one of that name, whose file is deleted after the commit."""
    key: dict[str, Any] = {"account_id": upload.account_id, "object_name": upload.object_name}
    before = Upload.objects.select_for_update().filter(**key).values_list("file", flat=True)
    for name in before:
        transaction.on_commit(partial(delete_file, upload.file.storage, name))
    values = {
        name: getattr(upload, name)
        for name in ("bucket", "file", "content_type", "size_bytes", "md5", "uploaded_at")
    }
    stored, _ = Upload.objects.update_or_create(**key, defaults=values)
    upload.pk = stored.pk


def delete_file(storage: Storage, name: str) -> None:
    """Delete the file of an upload; what cannot be deleted now is deleted with its hour."""
    with suppress(OSError):
        storage.delete(name)
