"""What an administrator of a new account does first."""

from __future__ import annotations

from dataclasses import dataclass

from console.models import Member
from console.roles import Role
from results.models import DetectionResult


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """Which of the first steps are done; service is the one to call first."""

    has_key: bool
    has_tested: bool
    has_adjusted: bool
    service: str


def first_steps_of(member: Member) -> FirstSteps | None:
    """Return the first steps, None if the member has finished them or may not take them."""
    if member.first_steps_done or not member.may(Role.ADMINISTRATOR):
        return None
    account = member.account
    services = list(account.services.by_code())
    default = next((one.code for one in services if one.definition.default), "")
    return FirstSteps(
        has_key=account.access_keys.exists(),
        has_tested=account.results.filter(source=DetectionResult.Source.TEST).exists(),
        has_adjusted=any(service.version > 1 for service in services),
        service=default,
    )
