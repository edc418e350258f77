"""Deleting results whose time is over."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from results.cleaning import delete_expired
from results.ids import first_id_of
from results.models import DetectionResult, ResultLabel
from tests.factories import HitFactory

pytestmark = pytest.mark.django_db


class TestDeleteExpired:
    def test_old_results_go_with_their_pictures_and_newer_ones_stay(self):
        moment = timezone.now() - timedelta(days=30)
        old = HitFactory(pk=first_id_of(moment - timedelta(minutes=1)))
        kept = HitFactory(pk=first_id_of(moment + timedelta(minutes=1)))

        deleted = delete_expired()

        assert deleted == 1
        assert DetectionResult.objects.get() == kept
        assert not default_storage.exists(old.preview.name)
        assert default_storage.exists(kept.preview.name)
        assert set(ResultLabel.objects.values_list("result", flat=True)) == {kept.pk}

    def test_it_works_in_batches_from_the_oldest_on(self):
        long_ago = timezone.now() - timedelta(days=60)
        _, _, newer = (
            HitFactory(pk=first_id_of(long_ago + timedelta(hours=hours))) for hours in (0, 1, 2)
        )

        deleted = delete_expired(batch_size=2)

        assert deleted == 2
        assert DetectionResult.objects.get() == newer

    def test_a_picture_that_is_gone_already_does_no_harm(self):
        old = HitFactory(pk=first_id_of(timezone.now() - timedelta(days=60)))
        default_storage.delete(old.preview.name)

        assert delete_expired() == 1
