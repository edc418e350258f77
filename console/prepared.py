"""Queries whose SQL is composed once, for what is asked very often."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.db.models.query import RawQuerySet

_PLACE = -(2**62)  # stands for the id while the SQL is composed
_Row = TypeVar("_Row", bound=Model)


class PreparedQuery(Generic[_Row]):
    """A queryset that depends on one id.

    Django takes ten times as long to compose its SQL as a database to answer it.

    compose: makes the queryset of an id.
    """

    def __init__(self, compose: Callable[[int], QuerySet[_Row]]) -> None:
        self._compose = compose

    def of(self, row_id: int) -> RawQuerySet[_Row]:
        """Return the rows, with what the queryset annotates and prefetches."""
        queryset, sql, values = self._composed
        rows = queryset.model._default_manager.raw(
            sql, [row_id if value == _PLACE else value for value in values]
        )
        lookups = queryset._prefetch_related_lookups  # type: ignore[attr-defined]  # no other way
        return rows.prefetch_related(*lookups)

    @cached_property
    def _composed(self) -> tuple[QuerySet[_Row], str, tuple[Any, ...]]:
        queryset = self._compose(_PLACE)
        sql, values = queryset.query.sql_with_params()
        return queryset, sql, values
