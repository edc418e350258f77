"""The tokens by which programs tell a repeated call from a new one."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from rules.models import ClientToken, Service

LIFETIME = timedelta(hours=24)
MAX_TOKEN_CHARACTERS = 64


def use_token(service: Service, token: str) -> bool:
    """Remember a token and say whether it is new; call it inside the transaction of the change.

    Who sends the same at the same time waits for that; if it is rolled back, so is the token.
    """
    now = timezone.now()
    ClientToken.objects.filter(service=service, token=token, used_at__lt=now - LIFETIME).delete()
    _, is_new = ClientToken.objects.get_or_create(
        service=service, token=token, defaults={"used_at": now}
    )
    return is_new


def forget_old_tokens() -> int:
    """Delete tokens that count no more; return how many."""
    return ClientToken.objects.filter(used_at__lt=timezone.now() - LIFETIME).delete()[0]
