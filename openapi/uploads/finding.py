"""Finding what an account has uploaded: the one way in for the actions that take uploads."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from django.conf import settings

from console.models import Account
from moderation.errors import DownloadFailed, ImageTooLarge, PermissionMissing
from openapi.uploads.credentials import FOLDER
from openapi.uploads.models import Upload

_SHOWN = 100  # characters of what a refusal repeats


def check_bucket(account_id: int, bucket: str) -> None:
    """Raise PermissionMissing unless this is the bucket of uploads, by one of its names."""
    if bucket == settings.UPLOAD_BUCKET:
        return
    if not Upload.objects.filter(account=account_id, bucket=bucket).exists():
        raise PermissionMissing(
            f"The bucket {bucket[:_SHOWN]} is not known or not yours; use that of"
            " DescribeUploadToken."
        )


def find_object(account_id: int, bucket: str, object_name: str) -> Upload:
    """Return an upload of the account.

    Raises PermissionMissing if there is no such bucket, DownloadFailed if there is no such
    object, or not any more.
    """
    uploads = Upload.objects.kept().filter(account=account_id, object_name=object_name)
    upload = uploads.first()
    if upload is None or bucket not in (upload.bucket, settings.UPLOAD_BUCKET):
        check_bucket(account_id, bucket)
        raise DownloadFailed(f"There is no upload {object_name[:_SHOWN]!r}, or not any more.")
    return upload


def find_upload(account: Account, text: str) -> Upload | None:
    """Return the upload that a key or an address of this server stands for.

    Returns None if text is an address of something else.
    Raises DownloadFailed if the account has no such upload, or not any more.
    """
    key = _key_of(account, text)
    if key is None:
        return None
    upload = Upload.objects.kept().filter(account=account, object_name=key).first()
    if upload is None:
        raise DownloadFailed(f"There is no upload {key[:_SHOWN]!r}, or not any more.")
    return upload


def _key_of(account: Account, text: str) -> str | None:
    if "://" not in text:
        return text.lstrip("/") if text.isprintable() else None
    try:
        path = unquote(urlsplit(text).path).lstrip("/")
    except ValueError:
        return None
    path = path.removeprefix(f"{settings.UPLOAD_BUCKET}/")
    if not path.startswith(FOLDER) or not path.isprintable():
        return None
    return path if Upload.objects.filter(account=account, object_name=path).exists() else None


def read(upload: Upload, *, max_bytes: int) -> bytes:
    """Return the content; raises ImageTooLarge, or DownloadFailed if it was deleted just now."""
    if upload.size_bytes > max_bytes:
        raise ImageTooLarge(f"The upload has {upload.size_bytes} bytes; {max_bytes} are allowed.")
    try:
        with upload.file.open("rb") as file:
            return bytes(file.read())
    except FileNotFoundError:
        raise DownloadFailed(f"The upload {upload.object_name[:_SHOWN]!r} is gone.") from None


def read_object(account_id: int, bucket: str, object_name: str, *, max_bytes: int) -> bytes:
    """Return the content of an upload of the account; raises what find_object() and read() do."""
    return read(find_object(account_id, bucket, object_name), max_bytes=max_bytes)
