"""Clients of the vendor's SDKs for the Assay that the environment names."""

from __future__ import annotations

import os
import sys
import uuid
from pathlib import Path
from typing import Any

import oss2
from alibabacloud_green20220302.client import Client as ModerationClient
from alibabacloud_green20220926.client import Client as ConsoleClient
from alibabacloud_tea_openapi.models import Config

SUCCESS = 200
SERVICE = os.environ.get("ASSAY_SERVICE", "baselineCheck_global")


def argument() -> str:
    """Return what the command line names; without it, end with what the program is told."""
    words = sys.argv[1:]
    if len(words) == 1:
        return words[0]
    sys.exit(sys.modules["__main__"].__doc__)


def file_argument() -> Path:
    """Return the file that the command line names; end the program if there is none."""
    path = Path(argument())
    if not path.is_file():
        sys.exit(f"There is no file {path}.")
    return path


def moderation_client() -> ModerationClient:
    """Return a client of the API that moderates, 2022-03-02."""
    return ModerationClient(_config())


def console_client() -> ConsoleClient:
    """Return a client of the API that does what the console does, 2022-09-26."""
    return ConsoleClient(_config())


def _config() -> Config:
    try:
        return Config(
            access_key_id=os.environ["ASSAY_ACCESS_KEY_ID"],
            access_key_secret=os.environ["ASSAY_ACCESS_KEY_SECRET"],
            endpoint=os.environ.get("ASSAY_ENDPOINT", "127.0.0.1:8000"),
            protocol=os.environ.get("ASSAY_PROTOCOL", "http"),
            connect_timeout=3000,
            read_timeout=10_000,
        )
    except KeyError as missing:
        sys.exit(f"Set {missing.args[0]}; see README.md.")


def data_of(response: Any) -> Any:
    """Return what an action answered; end the program if it could not do what it was asked."""
    body = response.body
    if getattr(body, "code", SUCCESS) != SUCCESS:
        sys.exit(f"{body.code}: {body.msg} (request {body.request_id})")
    return body.data


def upload(client: ModerationClient, path: Path) -> tuple[str, str]:
    """Upload a file and return its bucket and object name; it is kept for 30 minutes.

    A token serves many files until it expires; here it is asked for anew each time.
    """
    token = data_of(client.describe_upload_token())
    credentials = oss2.StsAuth(token.access_key_id, token.access_key_secret, token.security_token)
    bucket = oss2.Bucket(credentials, token.oss_internet_end_point, token.bucket_name)
    name = f"{token.file_name_prefix}{uuid.uuid4()}{path.suffix}"
    bucket.put_object_from_file(name, str(path))
    return token.bucket_name, name


def print_verdict(data: Any) -> None:
    """Print a picture's risk level and its labels."""
    print(f"risk {data.risk_level}")
    for label in data.result:
        confidence = "" if label.confidence is None else f" {label.confidence}"
        print(f"  {label.label}{confidence} ({label.description})")
