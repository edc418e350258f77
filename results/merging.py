"""Streams of results merged in the order of their ids, in the database."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection

from results.streams import Stream, Streams


def found_ids(
    streams: Streams, size: int, *, skipped: int = 0, newest_first: bool = True
) -> list[int]:
    """Return the ids at the start of the merged streams."""
    rows = slice(skipped, skipped + size)
    sql, parameters = _merged(streams, "found_id", rows=rows, newest_first=newest_first)
    return [pk for (pk,) in _fetched(sql, parameters)] if sql else []


def counted(streams: Streams, most: int) -> tuple[dict[str, int], int]:
    """Count the newest results of the merged streams by risk; also return the last one's id."""
    merged, parameters = _merged(streams, "found_id", "risk_level", rows=slice(0, most))
    if not merged:
        return {}, 0
    sql = (
        "SELECT risk_level, COUNT(*), MIN(found_id) "  # noqa: S608 - Django's, merged below
        f"FROM ({merged}) AS listed GROUP BY risk_level"
    )
    rows = _fetched(sql, parameters)
    return {risk: number for risk, number, _ in rows}, min((row[2] for row in rows), default=0)


def _fetched(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _merged(
    streams: Streams, *columns: str, rows: slice, newest_first: bool = True
) -> tuple[str, list[Any]]:
    """Return the SQL of some rows of all streams; a result in two of them comes once."""
    order = "-found_id" if newest_first else "found_id"
    parts = [part.values(*columns) for part in streams.parts]
    if len(parts) == 1:
        sqls, parameters = _compiled([parts[0].order_by(order)[rows]])
        return "".join(sqls), parameters
    # PostgreSQL reads a part in its order, and no further than needed, only if it is told to;
    # SQLite does so by itself, and cannot be told.
    is_told = connection.features.supports_slicing_ordering_in_compound
    if is_told:
        parts = [part.order_by(order)[: rows.stop] for part in parts]
    sqls, parameters = _compiled(parts)
    if not sqls:
        return "", []
    union = _told(sqls, columns, streams) if is_told else _untold(sqls, streams)
    direction = "DESC" if newest_first else "ASC"
    sql = f"{union} ORDER BY found_id {direction} LIMIT %s OFFSET %s"
    return sql, [*parameters, rows.stop - rows.start, rows.start]


def _compiled(parts: list[Stream]) -> tuple[list[str], list[Any]]:
    """Return the SQL of each part that can find anything, and the parameters of all."""
    sqls: list[str] = []
    parameters: list[Any] = []
    for part in parts:
        try:
            sql, values = part.query.sql_with_params()
        except EmptyResultSet:
            continue
        sqls.append(sql)
        parameters += values
    return sqls, parameters


def _told(sqls: list[str], columns: tuple[str, ...], streams: Streams) -> str:
    distinct = "DISTINCT ON (found_id) " if streams.overlap else ""
    union = " UNION ALL ".join(f"({sql})" for sql in sqls)
    return f"SELECT {distinct}{', '.join(columns)} FROM ({union}) AS merged"  # noqa: S608 - as above


def _untold(sqls: list[str], streams: Streams) -> str:
    return (" UNION " if streams.overlap else " UNION ALL ").join(sqls)
