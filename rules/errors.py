"""Why a change of rules is refused.

RulesError
├── StaleVersion           somebody saved in between
├── NothingToSave          no value differs
├── InvalidScope           an unknown label, or scores out of order
├── UnknownLibrary         a library or vocabulary that the account does not have
├── ConflictingLibrary     a library both exempt and linked to a label
├── InvalidText            a name or a description that cannot be
│   └── TextTooLong        one of too many characters
├── InvalidCode            a code that cannot be a service's
├── CodeTaken              a code that the account has already
└── NotACopy               a built-in service, which cannot be deleted
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _


class RulesError(Exception):
    """A change of rules was refused; nothing was changed."""


class StaleVersion(RulesError):
    """Somebody saved in between.

    based_on: the version that the author was looking at. current: the newest one.
    """

    def __init__(self, based_on: int, current: int) -> None:
        super().__init__(f"based on version {based_on}, but version {current} is the newest")
        self.based_on = based_on
        self.current = current


class NothingToSave(RulesError):
    """No value differs from what is saved."""


class InvalidScope(RulesError):
    """A change of a label's rule that cannot be; label is its code."""

    def __init__(self, label: str, reason: str) -> None:
        super().__init__(f"{label}: {reason}")
        self.label = label


class UnknownLibrary(RulesError):
    """A library or vocabulary that the account does not have; ids are those not found."""

    def __init__(self, ids: Sequence[int]) -> None:
        super().__init__(f"unknown: {', '.join(map(str, ids))}")
        self.ids = tuple(ids)


class ConflictingLibrary(RulesError):
    """Image libraries that would be both exempt and linked to a label; names are theirs."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"exempt and linked to a label: {', '.join(names)}")
        self.names = tuple(names)


class InvalidText(RulesError):
    """A name or a description that cannot be."""


class TextTooLong(InvalidText):
    """A name or a description of too many characters."""

    def __init__(self, limit: int) -> None:
        super().__init__(_("More than %(limit)s characters.") % {"limit": limit})


class InvalidCode(RulesError):
    """A code that is not made of letters, digits and underscores."""


class CodeTaken(RulesError):
    """A code that a service of the account has already."""


class NotACopy(RulesError):
    """A built-in service, which cannot be deleted."""
