"""The actions about uploads by a browser, and where an upload can be read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.utils import timezone

from moderation.errors import DownloadFailed
from openapi.authentication import ApiCall
from openapi.reading import needed, text
from openapi.registry import Envelope, action
from openapi.uploads import credentials, finding
from openapi.uploads.form_post import make_policy
from openapi.uploads.models import Upload, lifetime
from openapi.uploads.signatures import sign

POLICY_LIFE = timedelta(minutes=15)
_MAX_SUFFIX_CHARACTERS = 12


@action("GetUploadInfo", Envelope.STATUS)
def get_upload_info(call: ApiCall) -> dict[str, Any]:
    """Return the fields of a form that uploads one file; they are good for a quarter hour."""
    now = timezone.now()
    issued = credentials.issue(call.access_key, now=now, life=POLICY_LIFE)
    policy = make_policy(issued.prefix, now + POLICY_LIFE)
    name = text(call, "Name")
    return {
        "AccessId": issued.key_id,
        "Expire": int(POLICY_LIFE.total_seconds()),
        "Folder": issued.prefix,
        "Host": f"{call.origin}/{settings.UPLOAD_BUCKET}",
        "Key": f"{issued.prefix}file{_suffix(name)}",
        "Name": name,
        "Policy": policy,
        "SecurityToken": issued.token,
        "Signature": sign(policy, issued.secret),
    }


def _suffix(name: str) -> str:
    suffix = PurePosixPath(name).suffix
    is_plain = suffix.isascii() and suffix[1:].isalnum()
    return suffix.lower() if is_plain and len(suffix) <= _MAX_SUFFIX_CHARACTERS else ""


@action("GetUploadLink", Envelope.BARE)
def get_upload_link(call: ApiCall) -> dict[str, Any]:
    """Return an address under which an upload can be read as long as it is kept."""
    wanted = needed(call, "UploadUrl")
    upload = finding.find_upload(call.access_key.account, wanted)
    if upload is None:
        raise DownloadFailed("This is not the address of an upload.")
    return {"Data": _link(call, upload)}


def _link(call: ApiCall, upload: Upload) -> str:
    """Return an address signed by a key that is good for that object alone."""
    now = timezone.now()
    life = upload.uploaded_at + lifetime() - now
    issued = credentials.issue(call.access_key, now=now, life=life, prefix=upload.object_name)
    path = f"/{settings.UPLOAD_BUCKET}/{upload.object_name}"
    signed = f"GET\n\n\n{issued.expires}\n{path}?security-token={issued.token}"
    query = {
        "OSSAccessKeyId": issued.key_id,
        "Expires": issued.expires,
        "Signature": sign(signed, issued.secret),
        "security-token": issued.token,
    }
    return f"{call.origin}{quote(path)}?{urlencode(query)}"
