"""The coverage page: what a service looks for and who sees it."""

import pytest
from django.urls import reverse

from console.roles import Role
from moderation.config import EngineConfig, LargeModelConfig
from moderation.detectors.registry import Registry
from rules import coverage
from rules.views import coverage as coverage_view
from tests.factories import ServiceFactory
from tests.html import faults

COVERAGE = "/rules/coverage/"


class TestCoverageOf:
    def test_every_label_of_the_service_is_there_by_type(self, account):
        service = ServiceFactory(account=account)

        types = coverage.coverage_of(service, coverage.local_registry())

        labels = [one.label.code for covered in types for one in covered.labels]
        assert sorted(labels) == sorted(service.definition.labels)
        for covered in types:
            assert {one.label.detection_type for one in covered.labels} == {
                covered.detection_type.code
            }

    def test_a_label_says_which_detector_sees_it(self, account):
        service = ServiceFactory(account=account, code="baselineCheck")

        types = coverage.coverage_of(service, coverage.local_registry())

        served = {one.label.code: one.served for covered in types for one in covered.labels}
        assert served["pornographic_adultContent"].detector.name == "nudity"
        assert served["political_politicalFigure"] is None


class TestReachOf:
    @pytest.mark.parametrize(
        ("code", "is_unserved"),
        [("baselineCheck_global", False), ("riskDetection", True), ("faceDetect", False)],
    )
    def test_a_service_that_nothing_serves_says_so(self, account, code, is_unserved):
        service = ServiceFactory(account=account, code=code)

        reach = coverage.reach_of(service, coverage.local_registry())

        assert reach.is_unserved is is_unserved


class TestCoveragePage:
    def test_what_nothing_sees_says_so(self, member_client, account):
        ServiceFactory(account=account)

        page = member_client(Role.VIEWER).get(COVERAGE).content.decode()

        assert "Custom library or large model only" in page
        assert "NudeNet, which sees more kinds of nudity, is not installed" in page

    def test_what_was_measured_is_said_once(self, member_client, account):
        ServiceFactory(account=account)

        page = member_client(Role.VIEWER).get(COVERAGE).content.decode()

        assert page.count("31 findings in 32,871 lines") == 1
        assert page.count("Found 13 of 32") == 1

    def test_htmx_gets_the_service_alone(self, member_client, account):
        ServiceFactory(account=account)
        headers = {"HX-Request": "true", "HX-Target": "service-coverage"}

        response = member_client().get(COVERAGE, {"service": "aigcCheck"}, headers=headers)

        fragment = response.content.decode()
        assert "aigcCheck" in fragment
        assert "<html" not in fragment
        assert faults(fragment, is_fragment=True) == []

    def test_a_service_that_is_not_there_is_not_found(self, member_client, account):
        ServiceFactory(account=account)

        assert member_client().get(COVERAGE, {"service": "nope"}).status_code == 404

    @pytest.mark.parametrize(
        ("endpoint", "text"),
        [
            (None, "Large model not connected"),
            (LargeModelConfig("http://localhost:1/v1", "vision-1", "", 1.0), "vision-1"),
        ],
    )
    def test_a_service_of_the_large_model_says_whether_it_is_connected(
        self, endpoint, text, member_client, account, monkeypatch, tmp_path
    ):
        ServiceFactory(account=account)
        code = next(s.code for s in account.services.all() if s.definition.uses_large_model)
        registry = Registry(EngineConfig(model_dir=tmp_path, large_model=endpoint))
        monkeypatch.setattr(coverage_view, "local_registry", lambda: registry)

        page = member_client().get(reverse("rules:coverage"), {"service": code})

        assert text in page.content.decode()

    def test_the_queries_do_not_grow_with_the_labels(
        self, member_client, account, django_assert_max_num_queries
    ):
        ServiceFactory(account=account)
        client = member_client()

        with django_assert_max_num_queries(6):
            client.get(COVERAGE, {"service": "baselineCheck_global"})
