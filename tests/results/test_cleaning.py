"""Deleting results whose time is over."""

import json
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console.batches import Pace
from results import cleaning
from results.cleaning import delete_stray_files, expired_batches
from results.ids import first_id_of
from results.models import DetectionResult, Feedback, ResultLabel
from results.tasks import delete_expired_results
from tests.factories import FeedbackFactory, HitFactory

pytestmark = pytest.mark.django_db


def delete_expired(size=200):
    return cleaning.delete_expired(Pace(size))


class TestDeleteExpired:
    def test_old_results_go_with_their_pictures_and_newer_ones_stay(self):
        moment = timezone.now() - timedelta(days=30)
        old = HitFactory(pk=first_id_of(moment - timedelta(minutes=1)))
        kept = HitFactory(pk=first_id_of(moment + timedelta(minutes=1)))

        assert list(expired_batches()) == [1]

        assert DetectionResult.objects.get() == kept
        assert not default_storage.exists(old.preview.name)
        assert default_storage.exists(kept.preview.name)
        assert set(ResultLabel.objects.values_list("result", flat=True)) == {kept.pk}

    def test_it_works_in_batches_from_the_oldest_on(self):
        long_ago = timezone.now() - timedelta(days=60)
        _, _, newer = (
            HitFactory(pk=first_id_of(long_ago + timedelta(hours=hours))) for hours in (0, 1, 2)
        )

        deleted = delete_expired(size=2)

        assert deleted == 2
        assert DetectionResult.objects.get() == newer

    def test_a_picture_that_is_gone_already_does_no_harm(self):
        old = HitFactory(pk=first_id_of(timezone.now() - timedelta(days=60)))
        default_storage.delete(old.preview.name)

        assert delete_expired() == 1

    def test_feedback_goes_with_its_result(self):
        old = HitFactory(pk=first_id_of(timezone.now() - timedelta(days=60)))
        FeedbackFactory(result=old)
        kept = FeedbackFactory(result=HitFactory())

        delete_expired()

        assert Feedback.objects.get() == kept

    def test_many_take_no_more_statements_than_one(self, django_assert_num_queries):
        expired(1)
        with CaptureQueriesContext(connection) as of_one:
            assert delete_expired() == 1
        expired(5)

        with django_assert_num_queries(len(of_one)):
            assert delete_expired() == 5


class Killed(BaseException):
    """The process ends here."""


def expired(count):
    long_ago = timezone.now() - timedelta(days=60)
    return [HitFactory(pk=first_id_of(long_ago + timedelta(hours=hours))) for hours in range(count)]


def exists(result):
    return [default_storage.exists(file.name) for file in (result.thumbnail, result.preview)]


class TestInterruption:
    @pytest.mark.parametrize("files", [0, 1, 3, 5])
    def test_a_process_that_is_killed_leaves_what_the_next_one_finishes(self, monkeypatch, files):
        results = expired(3)
        delete, deleted = default_storage.__class__.delete, []

        def deadly(storage, name):
            if name.endswith((".webp", ".jpg")) and len(deleted) == files:
                raise Killed
            if name.endswith((".webp", ".jpg")):
                deleted.append(name)
            delete(storage, name)

        with monkeypatch.context() as patched:
            patched.setattr(default_storage.__class__, "delete", deadly)
            with pytest.raises(Killed):
                delete_expired()

        assert DetectionResult.objects.count() == 3  # no file without a row
        assert delete_expired() == 3
        assert [exists(result) for result in results] == [[False, False]] * 3
        assert not ResultLabel.objects.exists()

    def test_a_process_that_is_killed_before_the_rows_go_does_so_too(self, monkeypatch):
        [result] = expired(1)

        def deadly(queryset, using):
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(DetectionResult.objects.all().__class__, "_raw_delete", deadly)
            with pytest.raises(Killed):
                delete_expired()

        assert exists(result) == [False, False]
        assert ResultLabel.objects.count() == 2
        assert delete_expired() == 1
        assert not DetectionResult.objects.exists()

    def test_a_task_ends_in_time_and_the_next_goes_on(self, monkeypatch):
        expired(3)
        monkeypatch.setattr(cleaning, "_FIRST_BATCH", 1)

        with monkeypatch.context() as patched:
            patched.setattr("results.tasks._AT_MOST_S", -1.0)
            delete_expired_results()
        assert DetectionResult.objects.count() == 2
        delete_expired_results()

        assert not DetectionResult.objects.exists()


class TestStrayFiles:
    @pytest.fixture(autouse=True)
    def own_folder(self, settings, tmp_path):
        """Count no files that other tests left behind."""
        settings.MEDIA_ROOT = tmp_path

    def stray(self, days):
        """Write pictures as a process does that is killed before it stores their result."""
        day = (timezone.now() - timedelta(days=days)).strftime("%Y/%m/%d")
        folder = f"results/{day}/{uuid.uuid4()}"
        return [
            default_storage.save(f"{folder}/{name}", ContentFile(b"picture"))
            for name in ("thumbnail.webp", "preview.jpg")
        ]

    def there(self, names):
        return [default_storage.exists(name) for name in names]

    def test_pictures_that_no_result_came_to_are_deleted_once_their_day_is_over(self):
        old, recent = self.stray(days=40), self.stray(days=20)

        assert delete_stray_files() == 1

        assert self.there(old) == [False, False]
        assert self.there(recent) == [True, True]
        day = old[0].rsplit("/", 2)[0]
        assert not default_storage.exists(day)
        assert delete_stray_files() == 0

    def test_they_stay_while_results_of_their_day_wait_to_be_deleted(self):
        old = self.stray(days=40)
        HitFactory(pk=first_id_of(timezone.now() - timedelta(days=40)))

        assert delete_stray_files() == 0
        assert self.there(old) == [True, True]


class TestPurgeResults:
    def run(self, *options):
        output = StringIO()
        call_command("purge_results", "--json", *options, stdout=output)
        return json.loads(output.getvalue())

    def test_a_dry_run_shows_what_would_go_and_changes_nothing(self):
        old, _ = expired(2)
        HitFactory()

        shown = self.run("--dry-run")

        assert (shown["results"], shown["labels"], shown["feedback"]) == (2, 4, 0)
        assert shown["pictures"] == 2
        assert shown["oldest"] < shown["newest"]
        assert DetectionResult.objects.count() == 3
        assert exists(old) == [True, True]

    def test_it_deletes_them_all(self):
        expired(2)
        kept = HitFactory()

        assert self.run()["results"] == 2
        assert DetectionResult.objects.get() == kept
        assert self.run("--dry-run")["results"] == 0
