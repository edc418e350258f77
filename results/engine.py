"""The engine of this process: loaded once, shared by its threads."""

from functools import lru_cache
from threading import Lock

from libraries.engine import registry
from moderation.keywords import KeywordIndex
from moderation.library_index import LibraryIndex
from moderation.moderator import Moderator

_loading = Lock()


def moderator() -> Moderator:
    """Return the process's moderator; the first call loads the networks, about two seconds."""
    with _loading:
        return _load()


@lru_cache(maxsize=1)
def _load() -> Moderator:
    return Moderator(registry(), LibraryIndex.empty(), KeywordIndex.empty())
