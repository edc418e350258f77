"""The overview: figures of the day, newest hits, first steps, work in the background."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from console.models import ModeratingProcess, Publication
from console.roles import Role
from results.ids import first_id_of
from results.models import Feedback
from rules.services import install_catalogue
from stats import background, today
from stats.rolling_up import counted_batches
from tests.factories import AccessKeyFactory, DetectionResultFactory, ServiceFactory
from tests.html import faults

OVERVIEW = "/"


class TestFigures:
    def test_they_count_the_day_so_far(self, member_client, account):
        for risk, duration in [("high", 100), ("medium", 200), ("none", 300), ("none", 400)]:
            DetectionResultFactory(account=account, risk_level=risk, duration_ms=duration)
        yesterday = first_id_of(timezone.now() - timedelta(days=1, minutes=1))
        DetectionResultFactory(account=account, id=yesterday)
        DetectionResultFactory()

        shown = member_client().get(OVERVIEW).context["today"]

        figures = shown.figures
        assert (figures.calls, figures.hits, figures.high) == (4, 2, 1)
        assert figures.hit_percent == 50
        assert shown.p95_ms == 400

    def test_the_day_begins_in_the_time_zone_of_the_account(
        self, member_client, account, monkeypatch
    ):
        account.time_zone = "Asia/Shanghai"
        account.save()
        monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 3, 1, 17, 30, tzinfo=UTC))
        before = first_id_of(datetime(2026, 3, 1, 15, 59, tzinfo=UTC))
        after = first_id_of(datetime(2026, 3, 1, 16, 1, tzinfo=UTC))
        DetectionResultFactory(account=account, id=before)
        DetectionResultFactory(account=account, id=after)

        figures = member_client().get(OVERVIEW).context["today"].figures

        assert figures.calls == 1

    def test_a_day_without_calls_has_no_rate(self, member_client):
        page = member_client().get(OVERVIEW)

        assert page.context["today"].p95_ms is None
        assert "No high-risk image yet" in page.content.decode()


class TestNewestHits:
    def test_the_ten_newest_high_risk_results_are_shown(
        self, member_client, account, django_assert_max_num_queries
    ):
        results = DetectionResultFactory.create_batch(12, account=account)
        DetectionResultFactory(account=account, risk_level="medium")
        client = member_client()

        with django_assert_max_num_queries(15):
            response = client.get(OVERVIEW)

        newest = sorted(results, key=lambda result: -result.pk)[:10]
        assert list(response.context["hits"]) == newest
        assert faults(response.content.decode()) == []

    def test_one_without_a_picture_shows_a_sign_for_it(self, member_client, account):
        DetectionResultFactory(account=account, thumbnail="")

        page = member_client().get(OVERVIEW).content.decode()

        assert page.count("Image not available") == 2  # the second waits in a template
        assert "thumbnail.webp" not in page


class TestFiguresOfMany:
    def test_what_is_counted_and_what_is_not_yet_are_added(self, member_client, account):
        DetectionResultFactory(account=account, risk_level="high")
        list(counted_batches())
        DetectionResultFactory(account=account, risk_level="none")

        figures = member_client().get(OVERVIEW).context["today"].figures

        assert (figures.calls, figures.high) == (2, 1)

    def test_only_the_newest_results_are_timed(self, member_client, account, monkeypatch):
        monkeypatch.setattr(today, "TIMED_RESULTS", 2)
        for duration in (9000, 100, 200):
            DetectionResultFactory(account=account, duration_ms=duration)

        assert member_client().get(OVERVIEW).context["today"].p95_ms == 200

    def test_each_figure_leads_to_its_results(self, member_client, account):
        DetectionResultFactory(account=account)
        client = member_client()

        page = client.get(OVERVIEW).content.decode()

        day = timezone.localdate().isoformat()
        for query in ("", "&amp;risk=high&amp;risk=medium&amp;risk=low", "&amp;risk=high"):
            assert f'href="/results/?since={day}{query}"' in page


class TestUnderWay:
    def test_a_service_that_is_not_live_everywhere_is_named(self, member_client, account):
        service = ServiceFactory(account=account)
        Publication.objects.all().delete()
        Publication.objects.create(
            number=10**6, account=account, topic=Publication.Topic.RULESET, subject_id=service.pk
        )
        ModeratingProcess.objects.create(kind="web", host="here", pid=1, seen_at=timezone.now())

        page = member_client().get(OVERVIEW)

        assert page.context["today"].publishing == [service]
        assert "is being published" in page.content.decode()
        assert faults(page.content.decode()) == []

    def test_feedback_that_waits_is_counted(self, member_client, account):
        for state in ("open", "open", "as_intended"):
            Feedback.objects.create(
                account=account,
                result=DetectionResultFactory(account=account),
                kind="false_positive",
                reporter_name="mei.tan",
                state=state,
                resolved_at=None if state == "open" else timezone.now(),
            )

        page = member_client().get(OVERVIEW)

        assert page.context["today"].feedback_waiting == 2
        assert "2 feedback entries wait to be resolved" in page.content.decode()
        assert '<a href="/feedback/">2 feedback entries' in page.content.decode()
        viewer = member_client(Role.VIEWER).get(OVERVIEW).content.decode()
        assert '<a href="/feedback/">2 feedback entries' not in viewer

    def test_nothing_is_said_when_nothing_is(self, member_client):
        assert "Under way" not in member_client().get(OVERVIEW).content.decode()


class TestFirstSteps:
    def test_they_name_the_address_and_a_service_to_call(self, member_client, account):
        install_catalogue(account=account)

        page = member_client().get(OVERVIEW, headers={"host": "assay.example:8443"})

        call = page.content.decode()
        assert "endpoint=&quot;assay.example:8443&quot;" in call or (
            'endpoint="assay.example:8443"' in call
        )
        assert page.context["first_steps"].service in call

    def test_a_step_that_is_done_is_marked(self, member_client, account):
        install_catalogue(account=account)
        AccessKeyFactory(account=account)
        DetectionResultFactory(account=account, source="test")

        client = member_client()
        steps = client.get(OVERVIEW).context["first_steps"]

        assert (steps.has_key, steps.has_tested, steps.has_adjusted) == (True, True, False)
        account.services.filter(code="baselineCheck").update(version=2)
        assert client.get(OVERVIEW).context["first_steps"].has_adjusted

    def test_the_last_step_hides_them(self, member_client):
        client = member_client()

        response = client.post(reverse("first_steps_done"))

        assert response.headers["Location"] == "/results/"
        assert client.get(OVERVIEW).context["first_steps"] is None

    def test_they_are_for_administrators(self, member_client):
        assert member_client(Role.POLICY_MANAGER).get(OVERVIEW).context["first_steps"] is None


class TestBackground:
    def test_it_says_that_redis_is_away(self, member_client, settings, tmp_path):
        settings.REDIS_URL = f"unix://{tmp_path / 'nobody-listens.sock'}"

        fragment = member_client().get(reverse("background")).content.decode()

        assert "Redis is away" in fragment

    @pytest.mark.parametrize(
        ("workers", "text"), [([{"one": "pong"}], "1 worker"), ([], "No worker answers; 3 tasks")]
    )
    def test_it_counts_workers_and_waiting_tasks(self, workers, text, member_client, monkeypatch):
        broker = SimpleNamespace(
            llen={"celery": 2, "asynchronous": 1}.__getitem__, close=lambda: None
        )
        monkeypatch.setattr(background.redis.Redis, "from_url", lambda *_, **__: broker)
        monkeypatch.setattr(background.app.control, "ping", lambda **_: workers)

        fragment = member_client().get(reverse("background")).content.decode()

        assert text in fragment
