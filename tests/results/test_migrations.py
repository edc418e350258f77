"""What migrations do to results that are stored, and to their tables."""

import importlib

import pytest
from django.apps import apps
from django.db import connection

from results import search as searching
from results.label_list import read_labels
from results.models import ResultLabel
from results.search import ResultSearch
from tests.factories import DetectionResultFactory

fill = importlib.import_module("results.migrations.0004_fill_search_columns")
vacuum = importlib.import_module("results.migrations.0012_vacuum_new_results_often")


@pytest.mark.django_db
class TestFillSearchColumns:
    def test_labels_take_over_what_their_results_know(self, account, monkeypatch):
        monkeypatch.setattr(fill, "_ROWS_AT_ONCE", 2)
        old = DetectionResultFactory.create_batch(
            3, account=account, service_code="profilePhotoCheck", ruleset_version=7
        )
        ResultLabel.objects.update(service_code="", risk_level="", source="", ruleset_version=0)

        fill.fill(apps, None)

        search = ResultSearch(
            labels=read_labels("violent_gun"),
            service_code="profilePhotoCheck",
            risk_levels=frozenset({"high"}),
            source="api",
            ruleset_version=7,
        )
        counted = searching.count(account, search)
        assert searching.page(account, search, counted, size=9).results == old[::-1]


def options_of(table):
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = %s", [table])
        return cursor.fetchone()[0]


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no vacuum of this kind")
@pytest.mark.parametrize("table", vacuum.TABLES)
class TestVacuumNewResultsOften:
    def test_new_results_are_vacuumed_however_many_there_are(self, table):
        assert options_of(table) == [
            "autovacuum_vacuum_insert_scale_factor=0",
            "autovacuum_vacuum_insert_threshold=10000",
        ]

    def test_it_can_be_taken_back(self, table):
        with connection.schema_editor() as schema_editor:
            vacuum.vacuum_as_usual(apps, schema_editor)

        assert options_of(table) is None
