"""How sign-in differs from django-allauth's defaults."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

from console import encryption

logger = logging.getLogger(__name__)

_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")


class ClosedSignUpAdapter(DefaultAccountAdapter):
    """Nobody signs up alone: administrators invite members."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail, unless its links may lead to a server of whoever asked for it.

        They have the name by which this server was called, which anybody can make up.
        """
        host = self.request.get_host()
        if not _is_own_name(host):
            logger.warning("no mail is sent: its links would lead to %r; see ALLOWED_HOSTS", host)
            return
        super().send_mail(template_prefix, email, context)


class EncryptedMfaAdapter(DefaultMFAAdapter):
    """Keeps the secrets of one-time codes encrypted, like those of access keys."""

    def encrypt(self, text: str) -> str:
        """Encrypt a secret for the database."""
        return encryption.encrypt(text).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Read a secret from the database."""
        return encryption.decrypt(encrypted_text.encode())


def _is_own_name(host: str) -> bool:
    """Say whether ALLOWED_HOSTS names a host, not only admits any, or it is this machine."""
    domain, _port = split_domain_port(host)
    named = [name for name in settings.ALLOWED_HOSTS if name != "*"]
    return validate_host(domain, [*named, *_THIS_MACHINE])
