"""DescribeUploadToken: gives a program a temporary key with which it can upload pictures."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from openapi.authentication import ApiCall
from openapi.registry import moderation_action
from openapi.uploads import credentials
from openapi.uploads.models import lifetime
from openapi.uploads.places import upload_place


@moderation_action("DescribeUploadToken")
def describe_token(call: ApiCall) -> dict[str, Any]:
    """Return a temporary key, and where to upload with it."""
    place = upload_place(call.origin)
    issued = credentials.issue(call.access_key, now=timezone.now(), life=lifetime())
    data = {
        "AccessKeyId": issued.key_id,
        "AccessKeySecret": issued.secret,
        "SecurityToken": issued.token,
        "Expiration": issued.expires,
        "BucketName": place.bucket,
        "FileNamePrefix": issued.prefix,
        "OssInternetEndPoint": place.endpoint,
        "OssInternalEndPoint": place.endpoint,
    }
    return {"Code": 200, "Msg": "OK", "RequestId": call.request_id, "Data": data}
