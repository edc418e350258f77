"""ServiceParameters: which picture a moderation call is about, and what it asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from moderation.errors import ParameterInvalid, ParameterMissing, ParameterTooLong
from results import answers

MAX_URL_CHARACTERS = 2048
MAX_OBJECT_NAME_CHARACTERS = 1024
MAX_DATA_ID_CHARACTERS = 64
MAX_REFERER_CHARACTERS = 256
MAX_REPEATED_CHARACTERS = 64  # of what a refusal repeats
INFO_TYPES = frozenset(
    {answers.CUSTOM_IMAGE, answers.TEXT_IN_IMAGE, answers.PUBLIC_FIGURE, answers.LOGO_DATA}
)
LARGE_MODEL_INFO_TYPES = INFO_TYPES | {answers.LARGE_MODEL_TEXT}
_DATA_ID = re.compile(r"[A-Za-z0-9_.-]+")
_CONTROL_OR_SPACE = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceParameters:
    """Which picture a moderation call is about, and what it asks for.

    url: of the picture; empty if it is in a bucket.
    info_types: which parts of Ext the answer is to have.
    """

    url: str = ""
    bucket: str = ""
    object_name: str = ""
    data_id: str = ""
    referer: str = ""
    account_id: str = ""
    info_types: frozenset[str] = frozenset()


def read_service_parameters(
    values: Mapping[str, Any], *, uses_large_model: bool
) -> ServiceParameters:
    """Read and check the object; unknown keys, null and empty values count as absent.

    uses_large_model: whether the called service does, so that vlContent may be asked for.

    Raises ParameterMissing, then ParameterTooLong, then ParameterInvalid.
    """
    parameters = ServiceParameters(
        url=text_of(values, "imageUrl"),
        bucket=text_of(values, "ossBucketName"),
        object_name=text_of(values, "ossObjectName"),
        data_id=text_of(values, "dataId"),
        referer=text_of(values, "referer"),
        account_id=text_of(values, "accountId"),
        info_types=info_types_of(text_of(values, "infoType")),
    )
    _check_presence(parameters)
    _check_lengths(parameters)
    _check_values(parameters, LARGE_MODEL_INFO_TYPES if uses_large_model else INFO_TYPES)
    return parameters


def text_of(values: Mapping[str, Any], name: str) -> str:
    """Return a value as text, empty if it is absent; raises ParameterInvalid for no text."""
    value = values.get(name)
    if value is None:
        return ""
    if isinstance(value, bool | dict | list):
        raise ParameterInvalid(f"{name} must be a text.")
    return str(value)


def info_types_of(text: str) -> frozenset[str]:
    """Return the names in a list with commas."""
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def _check_presence(parameters: ServiceParameters) -> None:
    if parameters.url:
        return
    if not parameters.bucket:
        raise ParameterMissing("ServiceParameters needs imageUrl, or ossBucketName and object.")
    if not parameters.object_name:
        raise ParameterMissing("ServiceParameters has ossBucketName but no ossObjectName.")


def _check_lengths(parameters: ServiceParameters) -> None:
    for name, value, limit in (
        ("imageUrl", parameters.url, MAX_URL_CHARACTERS),
        ("ossObjectName", parameters.object_name, MAX_OBJECT_NAME_CHARACTERS),
        ("dataId", parameters.data_id, MAX_DATA_ID_CHARACTERS),
        ("referer", parameters.referer, MAX_REFERER_CHARACTERS),
    ):
        if len(value) > limit:
            raise ParameterTooLong(f"{name} has {len(value)} characters; {limit} are allowed.")


def _check_values(parameters: ServiceParameters, info_types: frozenset[str]) -> None:
    if parameters.url:
        check_url(parameters.url, name="imageUrl")
    for name, value in (
        ("ossBucketName", parameters.bucket),
        ("ossObjectName", parameters.object_name),
    ):
        if not value.isprintable():  # some of it no database takes
            raise ParameterInvalid(f"{name} has characters that cannot be printed.")
    if parameters.data_id and not _DATA_ID.fullmatch(parameters.data_id):
        raise ParameterInvalid("dataId may have letters A to Z, digits, '_', '-' and '.' only.")
    if not parameters.referer.isprintable() or not parameters.referer.isascii():
        raise ParameterInvalid("referer may have printable ASCII characters only.")
    if unknown := parameters.info_types - info_types:
        raise ParameterInvalid(
            f"infoType does not know {', '.join(sorted(unknown))[:MAX_REPEATED_CHARACTERS]};"
            f" this service takes {', '.join(sorted(info_types))}."
        )


def check_url(url: str, *, name: str) -> None:
    """Raise ParameterInvalid unless this is the address of something on a web server."""
    if not url.isascii():
        raise ParameterInvalid(
            f"{name} has Chinese or other non-ASCII characters; percent-encode them as UTF-8."
        )
    if _CONTROL_OR_SPACE.search(url):
        raise ParameterInvalid(f"{name} has spaces or control characters; percent-encode them.")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ParameterInvalid(f"{name} must start with http:// or https:// and name a host.")
