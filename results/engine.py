"""The engine of this process: loaded once, shared by its threads."""

import logging
from functools import lru_cache
from threading import Lock

from django.db import DatabaseError

from libraries.engine import registry
from moderation.moderator import Moderator
from rules.live import policies

logger = logging.getLogger(__name__)
_loading = Lock()


def moderator() -> Moderator:
    """Return the process's moderator; the first call loads the networks, about two seconds."""
    with _loading:
        return _load()


@lru_cache(maxsize=1)
def _load() -> Moderator:
    return Moderator(registry())


def warm_up() -> None:
    """Load all that pictures are judged with; without a database the rules are read later."""
    moderator()
    try:
        policies.load_all()
    except DatabaseError as error:
        logger.warning("the rules are read when the database is there: %s", error)
