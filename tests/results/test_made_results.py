"""Making results to measure with."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from results import made_results
from results import search as searching
from results.label_list import read_labels
from results.models import DetectionResult, ResultLabel, UncountedResult
from results.search import ResultSearch
from tests.factories import AccountFactory

# PostgreSQL takes no VACUUM inside the transaction of a test.
pytestmark = pytest.mark.django_db(transaction=True)


def make(count):
    output = StringIO()
    call_command("make_results", "--count", str(count), "--days", "29", "--json", stdout=output)
    return json.loads(output.getvalue())


class TestMakeResults:
    def test_they_are_stored_as_results_of_calls_are(self, monkeypatch):
        monkeypatch.setattr(made_results, "ROWS_AT_ONCE", 150)
        account = AccountFactory()

        assert make(400)["made"] == 400

        results = list(DetectionResult.objects.newest_first())
        assert len(results) == 400
        assert UncountedResult.objects.count() == 400
        expected = [row for result in results for row in ResultLabel.rows_of(result)]
        fields = [field.attname for field in ResultLabel._meta.fields if field.name != "id"]
        values = {tuple(getattr(row, name) for name in fields) for row in expected}
        assert values == set(ResultLabel.objects.values_list(*fields))
        assert searching.count(account, ResultSearch()).count == 400

    def test_most_are_safe_and_some_hit(self):
        account = AccountFactory()
        make(400)

        hits = searching.count(account, ResultSearch(labels=read_labels("!=nonLabel"))).count

        assert 30 < hits < 100
