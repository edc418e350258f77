"""Searching the detection results: what is found, in which order, and how many there are."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from results import search as searching
from results.ids import first_id_of
from results.label_list import LabelList, read_labels
from results.models import DetectionResult
from results.search import ResultSearch
from results.streams import kept_since, streams_of
from tests.factories import DetectionResultFactory

pytestmark = pytest.mark.django_db

HIGH = frozenset({"high"})
LABELS = ("violent_gun", "violent_knives", "violent_Knives", "pt_logo", "pt_logo_lib")


def result(account, *codes, risk_level="high", **fields):
    """Store a result with labels; its pictures are of no concern here."""
    labels = [{"label": code, "confidence": 90.0, "risk_level": risk_level} for code in codes]
    return DetectionResultFactory(
        account=account,
        labels=labels or [{"label": "nonLabel", "confidence": None, "risk_level": "none"}],
        risk_level=risk_level if codes else "none",
        thumbnail="",
        preview="",
        **fields,
    )


def found(account, search, **place):
    counted = searching.count(account, search)
    return searching.page(account, search, counted, size=100, **place).results


def labelled(text):
    return ResultSearch(labels=read_labels(text))


@pytest.fixture
def mixture(account):
    """Return results of every kind, oldest first."""
    return [
        result(account),
        result(account, "violent_gun"),
        result(account, "violent_gun", "pt_logo", risk_level="medium"),
        result(account, "pt_logo", risk_level="low", service_code="profilePhotoCheck"),
        result(account, "nonLabel_lib", risk_level="none"),
        result(account, "violent_Knives", source="test"),
        result(account, "violent_gun_lib", data_id="post-7", ruleset_version=2),
    ]


class TestFilters:
    @pytest.mark.parametrize(
        ("search", "places"),
        [
            (ResultSearch(), [6, 5, 4, 3, 2, 1, 0]),
            (ResultSearch(data_id="post-7"), [6]),
            (ResultSearch(data_id="post"), []),
            (ResultSearch(service_code="profilePhotoCheck"), [3]),
            (ResultSearch(risk_levels=frozenset({"high"})), [6, 5, 1]),
            (ResultSearch(risk_levels=frozenset({"low", "medium"})), [3, 2]),
            (ResultSearch(risk_levels=frozenset({"none"})), [4, 0]),
            (ResultSearch(risk_levels=frozenset({"none", "low"})), [4, 3, 0]),
            (ResultSearch(source="test"), [5]),
            (ResultSearch(source="api", risk_levels=frozenset({"high"})), [6, 1]),
            (ResultSearch(service_code="baselineCheck_global", ruleset_version=2), [6]),
            (labelled("violent_gun"), [2, 1]),
            (labelled("VIOLENT_GUN, pt_logo"), [3, 2, 1]),
            (labelled("violent_knives"), [5]),
            (labelled("violent_gun_lib"), [6]),
            (labelled("nonLabel"), [0]),
            (labelled("nothing_such"), []),
            (labelled("!=nonLabel"), [6, 5, 4, 3, 2, 1]),
            (labelled("!=nonLabel,nonLabel_lib"), [6, 5, 3, 2, 1]),
            (labelled("!=nonLabel,violent_gun"), [6, 5, 4, 3, 2]),
            (labelled("!=violent_gun"), [6, 5, 4, 3, 2, 0]),
        ],
    )
    def test_each_filter_finds_what_it_says(self, account, mixture, search, places):
        results = found(account, search)

        assert [mixture.index(one) for one in results] == places

    def test_a_request_id_is_found_in_any_case(self, account, mixture):
        search = ResultSearch(request_id=f" {mixture[2].request_id.lower()} ")

        assert found(account, search) == [mixture[2]]

    def test_times_are_included_at_both_ends(self, account):
        moment = timezone.now().replace(microsecond=0) - timedelta(days=2)
        inside = [result(account, pk=first_id_of(moment + timedelta(hours=h))) for h in (0, 1)]
        result(account, pk=first_id_of(moment - timedelta(milliseconds=1)))
        result(account, pk=first_id_of(moment + timedelta(hours=1, milliseconds=2)))

        search = ResultSearch(since=moment, until=moment + timedelta(hours=1))

        assert found(account, search) == inside[::-1]

    def test_what_is_not_kept_any_more_is_not_found_whatever_is_asked(self, account):
        old = timezone.now() - timedelta(days=31)
        result(account, pk=first_id_of(old))

        assert found(account, ResultSearch(since=old - timedelta(days=1))) == []

    def test_results_of_other_accounts_are_never_found(self, account):
        foreign = DetectionResultFactory(data_id="post-7", source="test")

        for search in (
            ResultSearch(),
            ResultSearch(request_id=foreign.request_id),
            ResultSearch(data_id="post-7"),
            ResultSearch(source="test"),
            ResultSearch(result_ids=frozenset({foreign.pk})),
            labelled("violent_gun"),
            labelled("!=nonLabel"),
        ):
            assert found(account, search) == []
            assert searching.count(account, search).count == 0

    def test_only_certain_results_are_asked_for(self, account, mixture):
        ids = frozenset({mixture[1].pk, mixture[3].pk})

        search = replace(labelled("pt_logo"), result_ids=ids)

        assert found(account, search) == [mixture[3]]

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan is SQLite's")
    def test_certain_results_are_read_without_looking_at_the_others(self, account, mixture):
        search = ResultSearch(result_ids=frozenset({mixture[0].pk, mixture[1].pk}))

        [stream] = streams_of(account, search, kept_since(None, None)).parts

        assert "id=?" in stream.explain()
        assert "id>?" not in stream.explain()


class TestCount:
    def test_results_are_counted_by_risk(self, account, mixture):
        counted = searching.count(account, ResultSearch())

        assert counted.count == len(mixture)
        assert counted.by_risk == {"none": 2, "high": 3, "medium": 1, "low": 1}
        assert not counted.is_more

    def test_a_result_with_two_of_the_labels_counts_once(self, account, mixture):
        assert searching.count(account, labelled("violent_gun,pt_logo")).count == 3

    def test_no_more_than_the_limit_are_counted_and_listed(self, account, mixture, monkeypatch):
        monkeypatch.setattr(searching, "MAX_LISTED", 2)

        assert searching.count(account, ResultSearch(risk_levels=HIGH)).by_risk == {"high": 2}
        counted = searching.count(account, labelled("!=nonLabel"))
        results = found(account, labelled("!=nonLabel"))

        assert (counted.count, counted.is_more) == (2, True)
        assert results == mixture[:-3:-1]


class TestPages:
    def test_pages_meet_without_gap_in_both_directions(self, account, mixture):
        search = labelled("!=nonLabel")
        counted = searching.count(account, search)

        first = searching.page(account, search, counted, size=2)
        second = searching.page(account, search, counted, size=2, before=first.older)
        third = searching.page(account, search, counted, size=2, before=second.older)
        back = searching.page(account, search, counted, size=2, after=third.newer)

        assert [*first.results, *second.results, *third.results] == mixture[:0:-1]
        assert (first.newer, third.older) == (None, None)
        assert back.results == second.results

    def test_pages_have_numbers_in_either_order(self, account, mixture):
        search = labelled("violent_gun,pt_logo")

        pages = [
            searching.numbered_page(account, search, number=number, size=2) for number in (1, 2, 3)
        ]
        oldest, _ = searching.numbered_page(account, search, number=1, size=2, newest_first=False)

        assert [rows for rows, _ in pages] == [[mixture[3], mixture[2]], [mixture[1]], []]
        assert {counted.count for _, counted in pages} == {3}
        assert oldest == [mixture[1], mixture[2]]

    def test_all_that_is_listed_comes_in_parts(self, account, mixture, monkeypatch):
        monkeypatch.setattr(searching, "_ROWS_AT_ONCE", 2)

        assert list(searching.all_listed(account, ResultSearch())) == mixture[::-1]


SEARCHES = st.builds(
    ResultSearch,
    data_id=st.sampled_from(["", "", "a"]),
    service_code=st.sampled_from(["", "one", "two"]),
    labels=st.one_of(
        st.builds(LabelList, wanted=st.lists(st.sampled_from(LABELS), max_size=3).map(tuple)),
        st.builds(
            LabelList,
            excluded=st.lists(st.sampled_from([*LABELS, "nonLabel", "nonLabel_lib"])).map(tuple),
        ),
    ),
    risk_levels=st.frozensets(st.sampled_from(["high", "medium", "low", "none"])),
    source=st.sampled_from(["", "api", "test"]),
    ruleset_version=st.sampled_from([None, 1, 2]),
)
RESULTS = st.lists(
    st.tuples(
        st.sampled_from(["", "a"]),
        st.sampled_from(["one", "two"]),
        st.sampled_from(["api", "test"]),
        st.sampled_from([1, 2]),
        st.sampled_from(["high", "medium", "low"]),
        st.lists(st.sampled_from(LABELS), unique=True, max_size=3) | st.just(["nonLabel_lib"]),
    ),
    min_size=1,
    max_size=12,
)


def meets(one, search):
    """Say, without a database, whether a result is what is asked for."""
    labels = {label["label"] for label in one.labels}
    return (
        search.data_id in ("", one.data_id)
        and search.service_code in ("", one.service_code)
        and search.source in ("", one.source)
        and search.ruleset_version in (None, one.ruleset_version)
        and (not search.risk_levels or one.risk_level in search.risk_levels)
        and (not search.labels.wanted or bool(labels & set(search.labels.wanted)))
        and (not search.labels.excluded or bool(labels - set(search.labels.excluded)))
    )


class TestAnySearch:
    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(stored=RESULTS, searches=st.lists(SEARCHES, min_size=8, max_size=8))
    def test_finds_what_a_look_at_each_result_finds(self, account, stored, searches):
        DetectionResult.objects.filter(account=account).delete()
        results = [
            result(
                account,
                *codes,
                risk_level="none" if "nonLabel_lib" in codes else risk_level,
                data_id=data_id,
                service_code=service_code,
                source=source,
                ruleset_version=version,
            )
            for data_id, service_code, source, version, risk_level, codes in stored
        ][::-1]

        for search in searches:
            expected = [one for one in results if meets(one, search)]
            assert found(account, search) == expected
            assert searching.count(account, search).count == len(expected)
