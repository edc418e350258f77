"""How the vendor's clients are told where an installation is."""

from __future__ import annotations

from alibabacloud_tea_openapi.utils_models import Config

from tests.openapi.installation import FreshInstallation


def sdk_config(made: FreshInstallation, port: int, key: str = "good") -> Config:
    """Return the configuration of a client with a key, which is patient with busy machines."""
    pair = made.keys[key]
    return Config(
        access_key_id=pair["id"],
        access_key_secret=pair["secret"],
        endpoint=f"127.0.0.1:{port}",
        protocol="http",
        read_timeout=60_000,
    )
