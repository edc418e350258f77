"""What may not be done to the members of an account.

Exception
└── MemberError
    ├── LastAdministrator   the account would be left with nobody who may manage it
    └── NameTaken           somebody signs in with that name already
"""

from __future__ import annotations


class MemberError(Exception):
    """Something that may not be done to a member."""


class LastAdministrator(MemberError):
    """The member is the last active administrator of the account."""


class NameTaken(MemberError):
    """Somebody signs in with that name already."""
