"""Signatures of version 1.0, HMAC-SHA1, which generic and older clients make.

A signature covers the method and the parameters of the query and of a form body, no header and
no other body; so only those parameters count.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from openapi.errors import invalid_parameter, missing_parameter, signature_does_not_match
from openapi.signature import canonical_query
from openapi.timestamps import check_date
from openapi.wire import Pairs, WireRequest

_NEEDED = (
    "Action",
    "Version",
    "AccessKeyId",
    "Signature",
    "SignatureMethod",
    "SignatureVersion",
    "SignatureNonce",
    "Timestamp",
)


@dataclass(frozen=True)
class HmacSha1Signature:
    """A signature that was read but not verified yet."""

    method: str
    pairs: Pairs
    parameters: Mapping[str, str]

    @classmethod
    def read(cls, request: WireRequest) -> HmacSha1Signature:
        """Read the signature's parameters.

        Raises GatewayError if one is absent or has another value than the only possible one,
        or if a header names another action or version than the signed parameters.
        """
        pairs = request.query_pairs + request.form_pairs
        parameters = dict(pairs)
        for name in _NEEDED:
            if not parameters.get(name):
                raise missing_parameter(name)
        if parameters["SignatureMethod"].upper() != "HMAC-SHA1":
            raise invalid_parameter("SignatureMethod must be HMAC-SHA1.")
        if parameters["SignatureVersion"] != "1.0":
            raise invalid_parameter("SignatureVersion must be 1.0.")
        _check_header(request, "x-acs-action", parameters["Action"])
        _check_header(request, "x-acs-version", parameters["Version"])
        return cls(request.method, pairs, parameters)

    @property
    def key_id(self) -> str:
        """Return the id of the access key."""
        return self.parameters["AccessKeyId"]

    @property
    def action(self) -> str:
        """Return the name of the action, which is signed."""
        return self.parameters["Action"]

    @property
    def version(self) -> str:
        """Return the version of the API, which is signed."""
        return self.parameters["Version"]

    @property
    def nonce(self) -> str:
        """Return the caller's random text, which is signed."""
        return self.parameters["SignatureNonce"]

    @property
    def security_token(self) -> str:
        """Return the token of temporary credentials, empty if there is none."""
        return self.parameters.get("SecurityToken", "")

    def verify(self, secret: str, now: datetime) -> None:
        """Raise GatewayError unless the date is close to now and the signature right."""
        check_date(self.parameters["Timestamp"], now)
        text = string_to_sign(self.method, self.pairs)
        expected = sign(text, secret)
        if not hmac.compare_digest(expected.encode(), self.parameters["Signature"].encode()):
            raise signature_does_not_match(text)


def string_to_sign(method: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return the text that is signed: the method and all parameters but the signature."""
    query = canonical_query(pair for pair in pairs if pair[0] != "Signature")
    return f"{method.upper()}&%2F&{quote(query, safe='')}"


def sign(text: str, secret: str) -> str:
    """Return the signature as Base64."""
    digest = hmac.digest(f"{secret}&".encode(), text.encode(), "sha1")
    return base64.b64encode(digest).decode()


def _check_header(request: WireRequest, name: str, signed: str) -> None:
    if request.headers.get(name, signed) != signed:
        raise invalid_parameter(f"The header {name} differs from the signed parameter {signed!r}.")
