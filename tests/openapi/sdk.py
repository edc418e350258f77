"""The vendor's unmodified clients, called by the names of actions."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import oss2
import pytest
from alibabacloud_green20220302 import models as moderation_models
from alibabacloud_green20220302.client import Client as ModerationClient
from alibabacloud_green20220302.models import ImageModerationRequest
from alibabacloud_green20220926 import models
from alibabacloud_green20220926.client import Client
from alibabacloud_tea_openapi.utils_models import Config
from Tea.exceptions import TeaException

from tests.openapi.contract import breaches


@dataclass(frozen=True)
class Sdk:
    """Calls actions by their names, with the client's own requests and answers."""

    config: Config

    def __call__(self, action: str, **parameters: Any) -> dict[str, Any]:
        """Return the answer as the client has understood it."""
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower().replace("images2_lib", "images_2lib")
        request = getattr(models, f"{action}Request")(**parameters)
        response = getattr(Client(self.config), name)(request)
        assert response.body is not None  # else it has not understood it
        answer: dict[str, Any] = response.body.to_map()
        assert breaches(action, answer) == []
        return answer

    def data(self, action: str, **parameters: Any) -> Any:
        """Return the data of a success."""
        answer = self(action, **parameters)
        assert answer.get("Code", 200) == 200, answer
        return answer["Data"]

    def refusal(self, action: str, **parameters: Any) -> TeaException:
        """Return the error of an action that has no field for a code."""
        with pytest.raises(TeaException) as refusal:
            self(action, **parameters)
        return refusal.value

    def moderation(self, action: str, **parameters: Any) -> dict[str, Any]:
        """Return the answer of an action of the other version, 2022-03-02."""
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower().replace("images2_lib", "images_2lib")
        request = getattr(moderation_models, f"{action}Request")(**parameters)
        answer: dict[str, Any] = getattr(ModerationClient(self.config), name)(request).body.to_map()
        return answer

    def place(self) -> tuple[oss2.Bucket, str]:
        """Return where files can be uploaded as the documentation says, and their prefix."""
        token = ModerationClient(self.config).describe_upload_token().body.data
        auth = oss2.StsAuth(token.access_key_id, token.access_key_secret, token.security_token)
        address = token.oss_internet_end_point, token.bucket_name
        return oss2.Bucket(auth, *address, connect_timeout=60), token.file_name_prefix

    def upload(self, suffix: str, content: bytes) -> tuple[str, str]:
        """Upload a file; return its bucket and object name."""
        bucket, prefix = self.place()
        bucket.put_object(f"{prefix}file{suffix}", content)
        return bucket.bucket_name, f"{prefix}file{suffix}"

    def labels(self, url: str, service: str) -> list[str]:
        """Moderate a picture and return the labels."""
        request = ImageModerationRequest(
            service=service, service_parameters=json.dumps({"imageUrl": url})
        )
        answer = ModerationClient(self.config).image_moderation(request).body.to_map()
        assert answer["Code"] == 200, answer
        return [label["Label"] for label in answer["Data"]["Result"]]
