"""Calls and hits of a week, which the rules pages show beside services and labels."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from console.roles import Role
from results.ids import first_id_of
from tests.factories import DetectionResultFactory, ServiceFactory
from tests.html import faults

CALLS = "/usage/week/"


def days_ago(days):
    return first_id_of(timezone.now() - timedelta(days=days))


class TestWeekCalls:
    def test_calls_are_counted_by_service_and_day(self, member_client, account):
        ServiceFactory(account=account)
        for place, days in enumerate([0, 0, 1, 6, 8]):
            DetectionResultFactory(account=account, id=days_ago(days) + place)
        DetectionResultFactory(account=account, service_code="baselineCheck")
        DetectionResultFactory()

        response = member_client(Role.VIEWER).get(CALLS)

        weeks = {one.service.code: one for one in response.context["weeks"]}
        assert weeks["baselineCheck_global"].calls == (1, 0, 0, 0, 0, 1, 2)
        assert weeks["baselineCheck_global"].call_count == 4
        assert weeks["baselineCheck"].call_count == 1
        assert weeks["aigcCheck"].call_count == 0
        assert faults(response.content.decode(), is_fragment=True) == []

    def test_it_answers_for_the_services_that_the_list_shows(self, member_client, account):
        service = ServiceFactory(account=account)

        fragment = member_client().get(CALLS, {"q": "check_global"}).content.decode()

        assert f'id="calls-{service.pk}"' in fragment
        assert fragment.count('id="calls-') == 1

    def test_the_calls_cost_one_query(self, member_client, account, django_assert_max_num_queries):
        ServiceFactory(account=account)
        client = member_client()

        with django_assert_max_num_queries(5):
            client.get(CALLS)


class TestWeekHits:
    def test_hits_are_counted_by_label(self, member_client, account):
        service = ServiceFactory(account=account)
        for place, days in enumerate([0, 5, 8]):
            DetectionResultFactory(
                account=account, label="contraband_drug", id=days_ago(days) + place
            )
        DetectionResultFactory(account=account, label="contraband_gamble")
        DetectionResultFactory(account=account, label="violent_gun")
        DetectionResultFactory(
            account=account, label="contraband_drug", service_code="baselineCheck"
        )
        DetectionResultFactory(label="contraband_drug")

        response = member_client(Role.VIEWER).get(
            reverse("week_hits", args=[service.code, "prohibited"])
        )

        hits = {one.rule.label: one.hit_count for one in response.context["weeks"]}
        assert hits == {
            "contraband_drug": 2,
            "contraband_drug_tii": 0,
            "contraband_gamble": 1,
            "contraband_gamble_tii": 0,
        }
        assert faults(response.content.decode(), is_fragment=True) == []

    def test_a_service_of_another_account_is_not_there(self, member_client):
        service = ServiceFactory()
        url = reverse("week_hits", args=[service.code, "prohibited"])

        assert member_client().get(url).status_code == 404
