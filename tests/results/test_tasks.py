"""The worker's part in keeping results no longer than the settings say."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from results.ids import first_id_of
from results.models import DetectionResult
from results.tasks import delete_expired_results
from tests.factories import DetectionResultFactory

pytestmark = pytest.mark.django_db


class TestDeleteExpiredResults:
    def test_expired_results_are_deleted(self):
        DetectionResultFactory(pk=first_id_of(timezone.now() - timedelta(days=31)))

        delete_expired_results()

        assert not DetectionResult.objects.exists()

    def test_beat_knows_the_task(self):
        tasks = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]

        assert delete_expired_results.name in tasks
