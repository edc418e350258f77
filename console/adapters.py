"""How sign-in differs from django-allauth's defaults."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignUpAdapter(DefaultAccountAdapter):
    """Nobody signs up alone: administrators invite members."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False
