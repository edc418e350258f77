"""Which function answers which action: those of 2022-09-26 say their own names."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module

from openapi import actions as action_modules
from openapi import registry
from openapi.actions import (
    describe_image_moderation_result,
    describe_image_result_ext,
    describe_upload_token,
    image_async_moderation,
    image_batch_moderation,
    image_moderation,
)
from openapi.errors import GatewayError
from openapi.registry import Handler

for _module in pkgutil.iter_modules(action_modules.__path__, f"{action_modules.__name__}."):
    import_module(_module.name)

ACTIONS: Mapping[str, Mapping[str, Handler]] = {
    "2022-03-02": {
        "ImageModeration": image_moderation.moderate_image,
        "ImageBatchModeration": image_batch_moderation.moderate_image_with_several,
        "ImageAsyncModeration": image_async_moderation.moderate_image_later,
        "DescribeImageModerationResult": describe_image_moderation_result.describe_result,
        "DescribeUploadToken": describe_upload_token.describe_token,
        "DescribeImageResultExt": describe_image_result_ext.describe_ext,
    },
    "2022-09-26": registry.ACTIONS,
}


def find_handler(*, version: str, action: str) -> Handler:
    """Return what answers an action; raises GatewayError if there is none of that version."""
    actions = ACTIONS.get(version)
    if actions is None:
        message = f"There is no version {version!r}; the versions are {', '.join(ACTIONS)}."
        raise GatewayError(404, "InvalidVersion", message)
    if action not in actions:
        message = f"The action {action!r} of version {version} is not part of this server's API."
        raise GatewayError(404, "InvalidAction.NotFound", message)
    return actions[action]
