"""Which function answers which action: each says the name of its own."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from openapi import actions as action_modules
from openapi.errors import GatewayError
from openapi.registry import ACTIONS, Handler

__all__ = ["ACTIONS", "find_handler"]

for _module in pkgutil.iter_modules(action_modules.__path__, f"{action_modules.__name__}."):
    import_module(_module.name)


def find_handler(*, version: str, action: str) -> Handler:
    """Return what answers an action; raises GatewayError if there is none of that version."""
    actions = ACTIONS.get(version)
    if actions is None:
        message = f"There is no version {version!r}; the versions are {', '.join(ACTIONS)}."
        raise GatewayError(404, "InvalidVersion", message)
    if action not in actions:
        message = f"The action {action!r} of version {version} is not part of this server's API."
        raise GatewayError(404, "InvalidAction.NotFound", message)
    return actions[action]
