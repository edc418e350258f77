"""How searches are read: in the order of an index that holds all they need, whatever is asked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from results import search as searching
from results.label_list import read_labels
from results.search import ResultSearch

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        connection.vendor != "sqlite", reason="PostgreSQL reads small tables without indexes"
    ),
]


def plan_of(query):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
        return [step for *_, step in cursor.fetchall()]


@pytest.mark.parametrize(
    "search",
    [
        ResultSearch(),
        ResultSearch(service_code="baselineCheck"),
        ResultSearch(service_code="baselineCheck", ruleset_version=2),
        ResultSearch(source="test"),
        ResultSearch(risk_levels=frozenset({"high"})),
        ResultSearch(risk_levels=frozenset({"high", "low"}), service_code="baselineCheck"),
        ResultSearch(risk_levels=frozenset({"none"})),
        ResultSearch(labels=read_labels("violent_gun")),
        ResultSearch(labels=read_labels("violent_gun,pt_logo,pt_qrCode,sexual_wear")),
        ResultSearch(labels=read_labels("violent_gun,pt_logo"), service_code="baselineCheck"),
        ResultSearch(labels=read_labels("!=nonLabel")),
    ],
)
class TestPlans:
    def test_a_page_reads_nothing_but_indexes_in_their_order(self, account, search):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            searching.page(account, search, searching.NOTHING_FOUND, size=50)

        plan = plan_of(queries[0])
        assert plan
        assert not [step for step in plan if "TEMP B-TREE" in step]
        assert all("COVERING INDEX" in step for step in plan if step.startswith(("SEARCH", "SCAN")))

    def test_counting_sorts_nothing_but_the_risks(self, account, search):
        with CaptureQueriesContext(connection) as queries:
            searching.count(account, search)

        plan = plan_of(queries[0])
        assert [step for step in plan if "TEMP B-TREE" in step] == ["USE TEMP B-TREE FOR GROUP BY"]
        assert all("COVERING INDEX" in step for step in plan if step.startswith("SEARCH"))
