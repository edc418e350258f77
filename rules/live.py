"""What this process judges by now: one policy an account, replaced in one assignment."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from threading import RLock

from console.models import Account, Publication, PublicationCounter
from moderation.errors import ParameterInvalid
from moderation.ruleset import Ruleset
from rules.loading import load_policy
from rules.models import Service
from rules.policy import Policy
from rules.taking_over import taken_over
from rules.turns import own_turn

_MOST_TAKEN_OVER = 1000  # reading everything anew is quicker than more publications than these


class LivePolicies:
    """The policies of a process, as of one publication and all before it.

    is_followed: a thread takes over what is published; without it, of() looks itself.
    """

    def __init__(self) -> None:
        self.is_followed = False
        self._changing = RLock()
        self._policies: dict[int, Policy] = {}
        self._applied_number: int | None = None
        self._has_all = False
        self._readings = 0  # how often everything was read anew

    def of(self, account_id: int) -> Policy:
        """Return what the account's pictures are judged by."""
        if not self.is_followed:
            self.catch_up()
        return self._policies.get(account_id) or self._load(account_id)

    def with_service(self, service: Service) -> Policy:
        """Return the policy of the service's account, with the service's ruleset.

        Raises ParameterInvalid if the service has just been deleted.
        """
        policy = self.of(service.account_id)
        if service.pk not in policy.rulesets:  # made a moment ago
            self.catch_up()
            policy = self.of(service.account_id)
        if service.pk not in policy.rulesets:
            raise ParameterInvalid(f"The service {service.code!r} has been deleted.")
        return policy

    def load_all(self) -> None:
        """Read the policies of all accounts that are not there yet, also of later accounts."""
        with self._changing:
            self._has_all = True
            self.catch_up()
            for account_id in Account.objects.values_list("pk", flat=True):
                if account_id not in self._policies:
                    self._load(account_id)

    def forget(self) -> None:
        """Have everything read anew when it is needed."""
        with self._changing:
            self._readings += 1
            self._policies = {}
            self._applied_number = None
            self._has_all = False

    def catch_up(self) -> int:
        """Take over all publications that were committed; return the number of the newest."""
        with self._changing:
            newest_number = PublicationCounter.newest_number()
            if newest_number != self._applied_number:
                self._take_over(newest_number)
                self._applied_number = newest_number
            return newest_number

    @property
    def needs_folding(self) -> bool:
        """Say whether fold() would make judging quicker."""
        return any(policy.needs_folding for policy in list(self._policies.values()))

    def fold(self) -> None:
        """Work recent changes into the large indexes, while calls and changes go on."""
        readings = self._readings
        for account_id, policy in list(self._policies.items()):
            if policy.needs_folding:
                with own_turn():
                    folded = policy.folded()
                self._replace(account_id, folded, readings)

    def _replace(self, account_id: int, folded: Policy, readings: int) -> None:
        """Put a folded policy in its place, with what was published meanwhile.

        readings: as it was before; the policy is outdated if everything was read anew.
        """
        with self._changing:
            if readings != self._readings:
                return
            now = self._policies[account_id]
            if now.number != folded.number:
                published = Publication.objects.filter(account=account_id).after(folded.number)
                missed = list(published.filter(number__lte=now.number))
                folded = taken_over(folded, account_id, missed)
            self._policies[account_id] = folded

    def _load(self, account_id: int) -> Policy:
        with self._changing:
            if account_id not in self._policies:
                newest_number = self.catch_up()
                self._policies[account_id] = load_policy(account_id, newest_number=newest_number)
            return self._policies[account_id]

    def _take_over(self, newest_number: int) -> None:
        missed = self._missed(newest_number)
        if missed is None:
            self._readings += 1
            with own_turn():
                self._read_anew(newest_number)
        else:
            for account_id, publications in _by_account(missed):
                self._take_over_in(account_id, publications, newest_number)

    def _read_anew(self, newest_number: int) -> None:
        for account_id in list(self._policies):
            self._policies[account_id] = load_policy(account_id, newest_number=newest_number)

    def _missed(self, newest_number: int) -> list[Publication] | None:
        """Return what was published since; None if that is not known, or too much.

        Old publications are deleted, so that some are missing after a long absence; numbers go
        back when the database is restored from a copy.
        """
        applied = self._applied_number
        if applied is None or not 0 <= newest_number - applied <= _MOST_TAKEN_OVER:
            return None
        missed = list(Publication.objects.after(applied).filter(number__lte=newest_number))
        return missed if len(missed) == newest_number - applied else None

    def _take_over_in(
        self, account_id: int, publications: list[Publication], newest_number: int
    ) -> None:
        policy = self._policies.get(account_id)
        if policy is not None:
            self._policies[account_id] = taken_over(policy, account_id, publications)
        elif self._has_all:
            self._policies[account_id] = load_policy(account_id, newest_number=newest_number)


def _by_account(publications: Iterable[Publication]) -> list[tuple[int, list[Publication]]]:
    """Divide publications by account; those of each remain in their order."""
    by_account = sorted(publications, key=lambda publication: publication.account_id)
    groups = groupby(by_account, key=lambda publication: publication.account_id)
    return [(account_id, list(group)) for account_id, group in groups]


policies = LivePolicies()


def policy_of(account_id: int) -> Policy:
    """Return what the account's pictures are judged by."""
    return policies.of(account_id)


def live_ruleset(service: Service) -> Ruleset:
    """Return the ruleset that this process judges the service's pictures by."""
    return policies.with_service(service).rulesets[service.pk]
