"""Batches that keep nobody else waiting for long."""

import sqlite3
from contextlib import closing
from itertools import chain, repeat
from types import SimpleNamespace

import pytest
from django.db import connection

from console import batches
from console.batches import Pace
from console.models import Account
from tests.factories import AccountFactory

only_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'")


def clock(*moments):
    """Return a clock that shows these moments, one after the other."""
    moments = chain(moments, repeat(moments[-1]))
    return SimpleNamespace(perf_counter=lambda: next(moments), sleep=lambda seconds: None)


@pytest.mark.django_db
class TestPace:
    def size_after(self, monkeypatch, seconds, **limits):
        pace = Pace(1000, **limits)
        monkeypatch.setattr(batches, "time", clock(0.0, seconds))
        with pace.batch():
            pass
        return pace.size

    def wanted(self):
        return batches._LOCKED_S if connection.vendor == "sqlite" else batches._TRANSACTION_S

    @pytest.mark.parametrize(
        ("share", "size"), [(1, 1000), (2, 500), (0.8, 1250), (0.001, 2000), (1000, 100)]
    )
    def test_the_next_batch_is_as_large_as_the_time_allows(self, monkeypatch, share, size):
        assert self.size_after(monkeypatch, share * self.wanted()) == size

    def test_it_has_limits(self, monkeypatch):
        assert self.size_after(monkeypatch, 0.0001, most=1100) == 1100
        assert self.size_after(monkeypatch, 60.0, least=900) == 900

    def test_a_batch_that_fails_is_undone(self):
        def failing():
            with Pace(10).batch():
                AccountFactory()
                raise KeyError

        with pytest.raises(KeyError):
            failing()

        assert not Account.objects.exists()


@only_sqlite
@pytest.mark.django_db(transaction=True)
class TestRest:
    def in_the_file(self, tmp_path):
        """Count the accounts without what is in the log only."""
        copy = tmp_path / "copy.sqlite3"
        with open(connection.settings_dict["NAME"], "rb") as file:  # noqa: PTH123 - may be a URI
            copy.write_bytes(file.read())
        with closing(sqlite3.connect(copy)) as database:
            return database.execute("SELECT count(*) FROM console_account").fetchone()[0]

    def test_what_was_written_reaches_the_database_between_batches(self, monkeypatch, tmp_path):
        monkeypatch.setattr(batches, "_ROWS_TO_CHECKPOINT", 20)
        batches.checkpoint()
        before = self.in_the_file(tmp_path)
        pace = Pace(10, most=10)

        with pace.batch():
            AccountFactory()
        pace.rest()
        assert self.in_the_file(tmp_path) == before
        with pace.batch():
            AccountFactory()
        pace.rest()

        assert self.in_the_file(tmp_path) == before + 2
