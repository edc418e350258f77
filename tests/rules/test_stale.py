"""Saving what somebody was faster than: on the detection scope and its libraries.

The tabs of switches and the roll back have the same in test_exemptions.py and test_history.py.
"""

from decimal import Decimal

import pytest
from django.http import QueryDict
from pytest_django.asserts import assertContains

from console.roles import Role
from moderation.catalogue import load_catalogue
from rules.changes import CustomLibraryChange, ScopeChange
from rules.differences import Aspect, Difference, DifferenceGroup, Differences
from rules.models import LabelRule, Service
from rules.services import save_custom_libraries, save_scope
from rules.views.stale import changed_by_both, sent_again
from tests.factories import ImageLibraryFactory, MemberFactory, ServiceFactory
from tests.html import faults

DRUG, GAMBLE = "contraband_drug", "contraband_gamble"
SCOPE = "/rules/baselineCheck_global/scope/prohibited/"
HTMX = {"HX-Request": "true", "HX-Target": "scope-panel"}


@pytest.fixture
def service(account):
    return ServiceFactory.create(account=account)


@pytest.fixture
def client(member_client, service):
    return member_client(Role.POLICY_MANAGER)


@pytest.fixture
def mei(service):
    return MemberFactory.create(account=service.account, user__first_name="Mei")


def change(label=DRUG, medium=60, high=80, *, enabled=True):
    return ScopeChange(
        label=label,
        enabled=enabled,
        medium_risk_score=Decimal(medium),
        high_risk_score=Decimal(high),
    )


def scope_form(*, base=1, **scores):
    """Return the form of the type as version 1 filled it, with some scores changed."""
    labels = load_catalogue().labels_of("baselineCheck_global")
    sent = {"edited_version": 1, "base_version": base}
    for label in labels:
        if label.detection_type == "prohibited":
            sent |= {f"{label.code}-enabled": "on"}
            sent |= {f"{label.code}-medium": 60, f"{label.code}-high": 80}
    return sent | {name.replace("__", "-"): value for name, value in scores.items()}


def rule(service, label=DRUG):
    return LabelRule.objects.get(service=service, label=label)


class TestScope:
    def test_what_the_other_saved_stays_but_where_both_changed_mine_counts(
        self, client, service, mei
    ):
        theirs = [change(DRUG, 50, 70, enabled=False), change(GAMBLE, 55, 75)]
        save_scope(service=service, changes=theirs, based_on=1, author=mei)
        mine = {f"{DRUG}__high": 92}

        refusal = client.post(f"{SCOPE}save/", scope_form(**mine), headers=HTMX)
        answer = client.post(f"{SCOPE}save/", scope_form(base=2, **mine), headers=HTMX)

        assertContains(refusal, "Mei saved version 2", status_code=409)
        assertContains(refusal, "You changed these too", status_code=409)
        assertContains(refusal, 'data-discard="scope-form"', status_code=409)
        assert [one.name for one in refusal.context["changed_by_both"]] == [DRUG]
        assert faults(refusal.content.decode(), is_fragment=True) == []
        assert answer.status_code == 200
        drug = rule(service)
        assert (drug.enabled, drug.medium_risk_score, drug.high_risk_score) == (False, 50, 92)
        assert rule(service, GAMBLE).high_risk_score == 75

    def test_scores_that_cross_only_together_are_refused_kindly(self, client, service, mei):
        save_scope(service=service, changes=[change(DRUG, 60, 70)], based_on=1, author=mei)

        sent = scope_form(base=2, **{f"{DRUG}__medium": 75})
        response = client.post(f"{SCOPE}save/", sent, headers=HTMX)

        assertContains(response, f"{DRUG}: with what was saved meanwhile", status_code=422)
        assert rule(service).medium_risk_score == 60
        assert Service.objects.get(pk=service.pk).version == 2


class TestCustomLibraries:
    def test_my_link_is_put_on_top_of_the_other(self, client, service, mei, account):
        mine, theirs = ImageLibraryFactory.create_batch(2, account=account)
        chosen = CustomLibraryChange(label=GAMBLE, image_library_id=theirs.pk)
        save_custom_libraries(service=service, changes=[chosen], based_on=1, author=mei)
        sent = {"edited_version": 1, "base_version": 1, f"images-{DRUG}-library": mine.pk}

        refusal = client.post(f"{SCOPE}libraries/", sent, headers=HTMX)
        again = sent | {"base_version": 2}
        answer = client.post(f"{SCOPE}libraries/", again, headers=HTMX)

        assertContains(refusal, theirs.name, status_code=409)
        assert refusal.context["changed_by_both"] == []
        assert answer.status_code == 200
        assert rule(service).image_library == mine
        assert rule(service, GAMBLE).image_library == theirs


class TestParts:
    def test_what_both_changed_alike_is_no_conflict(self):
        def found(after):
            one = Difference(DRUG, Aspect.HIGH, 80, after)
            return Differences((DifferenceGroup(None, (one,)),))

        assert changed_by_both(found(90), found(90)) == []
        assert changed_by_both(found(90), found(70)) == list(found(90))

    def test_a_form_is_sent_again_whole_but_for_its_base(self):
        sent = QueryDict("on=1&on=2&comment=%3Cb%3E&base_version=3&csrfmiddlewaretoken=x")

        assert sent_again(sent, base_version=4) == [
            ("on", "1"),
            ("on", "2"),
            ("comment", "<b>"),
            ("base_version", "4"),
        ]
