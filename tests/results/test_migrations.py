"""Results that were stored by earlier versions are found as well."""

import importlib

import pytest
from django.apps import apps

from results import search as searching
from results.label_list import read_labels
from results.models import ResultLabel
from results.search import ResultSearch
from tests.factories import DetectionResultFactory

fill = importlib.import_module("results.migrations.0004_fill_search_columns")


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
