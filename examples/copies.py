"""A copy of a service, so that examples do not change the rules that others call."""

from __future__ import annotations

from alibabacloud_green20220926.client import Client
from alibabacloud_green20220926.models import CopyServiceConfigRequest, ListServiceConfigsRequest

from connection import data_of

_NAME = "Made by the examples"


def copy_of(console: Client, source: str) -> str:
    """Return the code of the examples' copy of a service; make it if there is none."""
    if code := _find(console, source):
        return code
    data_of(
        console.copy_service_config(
            CopyServiceConfigRequest(resource_type="image", service_code=source, service_name=_NAME)
        )
    )
    return _find(console, source)


def _find(console: Client, source: str) -> str:
    services = data_of(
        console.list_service_configs(ListServiceConfigsRequest(resource_type="image"))
    )
    codes = (one.service_code for one in services if one.service_name == _NAME)
    return next((code for code in codes if code.startswith(source)), "")
