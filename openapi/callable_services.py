"""Finding the service that a call names."""

from __future__ import annotations

from console.models import Account
from moderation.errors import ParameterInvalid
from openapi import lookups
from rules.models import Service

_OTHER_SUFFIX = "_cb"
_SUFFIX = "_global"


def find_service(account: Account, code: str) -> Service:
    """Return the account's service of that code, upper and lower case as in the console.

    X_cb is another name of X_global, as the documents use both.

    Raises ParameterInvalid if the account has no such service.
    """
    service = lookups.find_service(account, code)
    if service is None and code.endswith(_OTHER_SUFFIX):
        service = lookups.find_service(account, code.removesuffix(_OTHER_SUFFIX) + _SUFFIX)
    if service is None:
        raise ParameterInvalid(f"There is no service {code[:64]!r}; see Coverage in the console.")
    return service
