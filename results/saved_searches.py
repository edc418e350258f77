"""Searches that people save under a name, each for themselves."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.http import QueryDict

from console.models import Member
from results.errors import SearchNameTaken, TooManySavedSearches
from results.models import SavedSearch

MAX_SEARCHES = 30


def kept_query(query: QueryDict, names: list[str]) -> str:
    """Return the part of an address that says what is searched for, without places in the list."""
    kept = QueryDict(mutable=True)
    for name in names:
        kept.setlist(name, [value for value in query.getlist(name) if value])
    return kept.urlencode()


def save_search(*, member: Member, name: str, query: str) -> SavedSearch:
    """Save a search.

    Raises SearchNameTaken and TooManySavedSearches.
    """
    if member.saved_searches.count() >= MAX_SEARCHES:
        raise TooManySavedSearches(MAX_SEARCHES)
    try:
        with transaction.atomic():
            return SavedSearch.objects.create(member=member, name=name, query=query)
    except IntegrityError as error:
        raise SearchNameTaken from error


def rename_search(*, search: SavedSearch, name: str) -> None:
    """Give a search another name.

    Raises SearchNameTaken.
    """
    try:
        with transaction.atomic():
            SavedSearch.objects.filter(pk=search.pk).update(name=name)
    except IntegrityError as error:
        raise SearchNameTaken from error
