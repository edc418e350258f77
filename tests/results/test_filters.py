"""The filters of the list as the address has them, good ones and bad ones."""

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from console.roles import Role
from results.forms import ResultFilterForm
from results.ids import first_id_of
from results.models import DetectionResult
from tests.factories import DetectionResultFactory, HitFactory, ServiceFactory
from tests.html import faults

LIST = "/results/"
FIELDS = (
    *("request_id", "data_id", "service", "label", "risk", "time", "since", "until"),
    *("source", "version", "would_hit", "before", "after", "size", "open"),
)


@pytest.fixture
def client(member_client):
    return member_client(Role.VIEWER)


def shown(response):
    return [result.data_id for result in response.context["page"].results]


class TestFilters:
    @pytest.fixture(autouse=True)
    def results(self, account):
        DetectionResultFactory(account=account, data_id="safe", risk_level="none")
        DetectionResultFactory(account=account, data_id="gun", service_code="aigcCheck")
        DetectionResultFactory(account=account, data_id="test", source="test", label="pt_logo")
        DetectionResultFactory(account=account, data_id="low", risk_level="low", label="pt_qrCode")

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"data_id": " gun "}, ["gun"]),
            ({"service": "aigcCheck"}, ["gun"]),
            ({"label": "!=nonLabel"}, ["low", "test", "gun"]),
            ({"label": "VIOLENT_gun, qr code"}, ["low", "gun"]),
            ({"risk": "low"}, ["low"]),
            ({"risk": ["low", "none"]}, ["low", "safe"]),
            ({"source": "test"}, ["test"]),
            ({"service": "aigcCheck", "version": "1"}, ["gun"]),
            ({"service": "aigcCheck", "version": "2"}, []),
            ({"time": "1h"}, ["low", "test", "gun", "safe"]),
            ({"label": "!=nonLabel", "risk": "high", "source": "api"}, ["gun"]),
        ],
    )
    def test_the_address_says_what_is_listed(self, client, query, found):
        response = client.get(LIST, query)

        assert shown(response) == found
        assert faults(response.content.decode()) == []

    def test_each_risk_has_its_count_whichever_is_chosen(self, client):
        response = client.get(LIST, {"risk": "low", "label": "!=nonLabel"})

        counts = {risk.value: risk.count for risk in response.context["risks"]}
        assert counts == {"high": 2, "medium": 0, "low": 1, "none": 0}
        assertContains(response, "1 result<")

    def test_htmx_gets_the_counts_beside_the_list(self, client):
        headers = {"HX-Request": "true", "HX-Target": "results"}

        response = client.get(LIST, {"label": "pt_logo"}, headers=headers)

        assertContains(response, '<small id="count-high" hx-swap-oob="true">')
        assertNotContains(client.get(LIST), "hx-swap-oob")

    def test_counts_that_are_capped_say_so(self, client, monkeypatch):
        monkeypatch.setattr("results.search.MAX_LISTED", 2)
        monkeypatch.setattr("results.views.listing.MAX_LISTED", 2)

        response = client.get(LIST)

        assertContains(response, "2+ results; the newest 2 are listed")
        assertContains(response, "or more")
        assertContains(response, "at most 2 are listed")

    def test_a_service_that_was_deleted_stays_chosen(self, client, account):
        ServiceFactory(account=account)

        response = client.get(LIST, {"service": "aigcCheck_07"})

        assertContains(response, '<option value="aigcCheck_07" selected>')

    def test_other_pages_keep_the_filters_and_the_size(self, client, account):
        DetectionResultFactory.create_batch(21, account=account, thumbnail="", preview="")

        response = client.get(LIST, {"risk": "high"})
        older = client.get(LIST, {"risk": "high", "before": response.context["page"].older})

        assert len(shown(response)) == 20
        assertContains(response, f"?risk=high&amp;before={response.context['page'].older}")
        assertContains(older, "?risk=high&amp;size=100")
        assert len(shown(client.get(LIST, {"size": 50}))) == 25

    def test_suggestions_are_the_labels_that_can_be_returned(self, client):
        response = client.get("/results/labels/")

        assertContains(response, '<option value="violent_gun_lib">')
        assertContains(response, '<option value="!=nonLabel">')

    def test_two_queries_count_and_two_find(self, client, account):
        client.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST, {"label": "violent_gun, pt_logo, pt_qrCode", "risk": "high"})

        assert len(queries) <= 10


class TestTimes:
    @pytest.fixture
    def times(self, account):
        account.time_zone = "Europe/Berlin"
        account.save()
        # Clocks went back at 03:00 on 2026-10-25: 02:30 came twice.
        return [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1, 2)]

    def form(self, **query):
        data = QueryDict(mutable=True)
        data.update(query)
        form = ResultFilterForm(data, service_codes=[])
        assert form.is_valid(), form.errors
        return form.search()

    def test_an_hour_that_comes_twice_is_there_as_a_whole(self, times, settings):
        settings.RESULT_LIFETIME_DAYS = 10_000
        with timezone.override(zoneinfo.ZoneInfo("Europe/Berlin")):
            search = self.form(since="2026-10-25T02:30", until="2026-10-25T02:30")

        assert search.since == times[0]
        assert search.until == times[1] + timedelta(minutes=1, milliseconds=-1)

    def test_an_hour_that_clocks_leave_out_does_no_harm(self, client, times, settings):
        settings.RESULT_LIFETIME_DAYS = 10_000

        response = client.get(LIST, {"since": "2026-03-29T02:30", "until": "2026-03-29T02:30"})

        assert response.context["form"].errors == {}

    def test_times_are_those_of_the_account(self, client, account):
        account.time_zone = "Asia/Shanghai"
        account.save()
        moment = timezone.now().replace(second=30, microsecond=0) - timedelta(days=3)
        DetectionResultFactory(account=account, data_id="then", pk=first_id_of(moment))
        there = moment.astimezone(zoneinfo.ZoneInfo("Asia/Shanghai"))
        minute = there.strftime("%Y-%m-%dT%H:%M")

        response = client.get(LIST, {"since": minute, "until": minute})

        assert shown(response) == ["then"]
        assertContains(response, "From, Asia/Shanghai")

    def test_days_are_taken_whole(self, client, account):
        moment = timezone.now() - timedelta(days=3)
        DetectionResultFactory(account=account, data_id="then", pk=first_id_of(moment))
        day = moment.date().isoformat()

        assert shown(client.get(LIST, {"since": day, "until": day})) == ["then"]


class TestBadFilters:
    @pytest.fixture(autouse=True)
    def results(self, account):
        HitFactory(account=account, data_id="post-7")

    @pytest.mark.parametrize(
        ("query", "says"),
        [
            ({"label": "!="}, "Write a label after !="),
            ({"label": "pt_logo,!=nonLabel"}, "Write either labels to find"),
            ({"label": ",".join(["pt_logo"] * 1250)}, "2000 are the limit"),
            ({"label": ",".join(f"a{n}" for n in range(51))}, "at most 50 labels"),
            ({"since": "2999-01-02T00:00", "until": "2999-01-01T00:00"}, "exchange the two times"),
            ({"since": "2020-01-01T00:00"}, "Results are kept for 30 days: choose a time from"),
            ({"until": "2020-01-01"}, "Results are kept for 30 days"),
            ({"request_id": "A" * 500}, "paste one, and nothing else"),
            ({"data_id": "A" * 500}, "paste one, and nothing else"),
            ({"since": "yesterday"}, "Write a day or a time, such as 2026-11-28 10:05"),
            ({"since": "2026-02-30T10:00"}, "Write a day or a time, such as 2026-11-28 10:05"),
            ({"since": "9999-12-31T23:59"}, "Write a day or a time, such as 2026-11-28 10:05"),
            ({"until": "0001-01-01T00:00"}, "Write a day or a time, such as 2026-11-28 10:05"),
            ({"version": "3"}, "choose a service as well"),
            ({"service": "a", "version": "x"}, "whole number"),
            ({"service": "a", "version": "9" * 30}, "less than or equal"),
            ({"risk": "huge"}, "Select a valid choice"),
            ({"source": "mail"}, "Select a valid choice"),
        ],
    )
    def test_the_page_says_how_to_mend_it_and_lists_nothing(self, client, query, says):
        response = client.get(LIST, query)
        part = client.get(LIST, query, headers={"HX-Request": "true", "HX-Target": "results"})

        assertContains(response, says)
        assertContains(part, says)
        assertNotContains(part, "post-7")
        assert faults(response.content.decode()) == []
        assert faults(part.content.decode(), is_fragment=True) == []

    @pytest.mark.parametrize("field", FIELDS)
    @pytest.mark.parametrize(
        "text",
        [
            "' OR 1=1 --",
            '"; DROP TABLE results_detectionresult; --',
            "%s%(a)s%",
            "<script>x</script>",
        ],
    )
    def test_sql_and_script_are_nothing_but_text(self, client, field, text):
        response = client.get(LIST, {field: text})

        assert response.status_code in (200, 404 if field == "would_hit" else 200)
        assertNotContains(response, "<script>x")
        assert DetectionResult.objects.count() == 1
        if field in ("request_id", "data_id", "service", "label"):
            assertNotContains(response, "post-7")

    def test_null_characters_are_refused(self, client):
        assertContains(client.get(LIST, {"data_id": "post-7\0"}), "Null characters")

    @pytest.mark.parametrize("field", ["before", "after", "would_hit"])
    def test_numbers_beyond_any_id_do_no_harm(self, client, field):
        response = client.get(LIST, {field: "9" * 40})

        assert response.status_code in (200, 404)


class TestMissingPictures:
    def test_a_result_without_pictures_shows_a_sign_for_them(self, client, account):
        result = DetectionResultFactory(account=account, thumbnail="", preview="")

        for address in (LIST, f"{LIST}{result.request_id}/"):
            response = client.get(address)
            assertContains(response, "Image not available")
            assertNotContains(response, 'alt="Checked image"')
            assert faults(response.content.decode()) == []

    @pytest.mark.parametrize("name", ["thumbnail.webp", "preview.jpg"])
    def test_a_picture_that_never_was_is_not_found(self, client, account, name):
        result = DetectionResultFactory(account=account, thumbnail="", preview="")

        assert client.get(f"{LIST}{result.request_id}/{name}").status_code == 404
