"""How sign-in differs from django-allauth's defaults."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from console import encryption


class ClosedSignUpAdapter(DefaultAccountAdapter):
    """Nobody signs up alone: administrators invite members."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False


class EncryptedMfaAdapter(DefaultMFAAdapter):
    """Keeps the secrets of one-time codes encrypted, like those of access keys."""

    def encrypt(self, text: str) -> str:
        """Encrypt a secret for the database."""
        return encryption.encrypt(text).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Read a secret from the database."""
        return encryption.decrypt(encrypted_text.encode())
