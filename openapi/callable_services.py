"""Finding the service that a call names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from console.models import Account
from moderation.errors import ParameterInvalid
from moderation.ruleset import Ruleset
from openapi.lookups import Row, read_service, service_of
from rules.live import policies
from rules.models import Service

_OTHER_SUFFIX = "_cb"
_SUFFIX = "_global"
_MAX_KNOWN_SERVICES = 4096


@dataclass(frozen=True, slots=True)
class _KnownService:
    """A service as this process has read it when its account had these rulesets."""

    row: Row
    rulesets: Mapping[int, Ruleset]


_known_services: dict[tuple[int, str], _KnownService] = {}


def find_service(account: Account, code: str) -> Service:
    """Return the account's service of that code, upper and lower case as in the console.

    X_cb is another name of X_global, as the documents use both.

    Raises ParameterInvalid if the account has no such service.
    """
    return service_of(_find_row(account, code), account)


def find_live_service(account: Account, code: str) -> Service:
    """Return a service to moderate with, as find_service() does, as of what is live here.

    Every change of a service is published with its rules, so it is read once for each of these.
    """
    if not policies.is_followed:
        return find_service(account, code)
    rulesets = policies.of(account.pk).rulesets
    known = _known_services.get((account.pk, code))
    if known is None or known.rulesets is not rulesets:
        known = _KnownService(_find_row(account, code), rulesets)
        if len(_known_services) >= _MAX_KNOWN_SERVICES:
            _known_services.clear()
        _known_services[account.pk, code] = known
    return service_of(known.row, account)


def _find_row(account: Account, code: str) -> Row:
    row = read_service(account, code)
    if row is None and code.endswith(_OTHER_SUFFIX):
        row = read_service(account, code.removesuffix(_OTHER_SUFFIX) + _SUFFIX)
    if row is None:
        raise ParameterInvalid(f"There is no service {code[:64]!r}; see Coverage in the console.")
    return row
