"""The rulesets that this process judges by."""

from functools import lru_cache

from moderation.ruleset import Ruleset
from rules.models import RulesetVersion, Service


def live_ruleset(service: Service) -> Ruleset:
    """Return the ruleset of the service's newest version.

    A version never changes, so it is read from the database once per process.
    """
    return _ruleset(service.pk, service.version)


@lru_cache(maxsize=1024)
def _ruleset(service_id: int, number: int) -> Ruleset:
    return RulesetVersion.objects.get(service=service_id, number=number).ruleset
