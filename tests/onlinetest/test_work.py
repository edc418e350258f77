"""Moderating the images of runs: claims, leases, workers that die, a queue that is away."""

import os
import socket
import subprocess
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from kombu import pools

from console.celery import app
from onlinetest import cleaning, models, services, tasks, work
from results.cleaning import expired_batches
from results.models import DetectionResult
from tests import pictures
from tests.factories import DetectionResultFactory
from tests.web_server import free_port

HOST = socket.gethostname()
OTHER_WORKER = "elsewhere 1 0a0b0c0d"


@pytest.fixture
def item(start):
    """An image that waits in the queue."""
    return start(("cat.jpg", pictures.cat())).items.get()


@pytest.fixture
def hold(item):
    """Let another worker have taken the image up some time ago: hold(seconds=5)."""

    def claim(worker=OTHER_WORKER, attempts=1, **ago):
        models.TestItem.objects.filter(pk=item.pk).update(
            state="running",
            claimed_by=worker,
            claimed_at=timezone.now() - timedelta(**ago),
            attempts=attempts,
        )

    return claim


@pytest.fixture
def dead_worker():
    """The name of a worker on this host whose process has ended."""
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return f"{HOST} {process.pid} 0a0b0c0d"


class TestModerateItem:
    def test_an_image_gets_its_result(self, item):
        work.moderate_item(item.pk)

        item.refresh_from_db()
        assert item.state == "done"
        assert item.result.request_id == item.request_id
        assert item.result.source == DetectionResult.Source.TEST
        assert item.result.picture_name == "cat.jpg"

    def test_an_image_that_is_done_is_not_moderated_again(self, item):
        work.moderate_item(item.pk)
        work.moderate_item(item.pk)

        item.refresh_from_db()
        assert item.attempts == 1
        assert DetectionResult.objects.count() == 1

    def test_an_image_that_another_worker_has_is_left_to_it(self, item, hold):
        hold(seconds=5)

        work.moderate_item(item.pk)

        item.refresh_from_db()
        assert (item.state, item.claimed_by, item.attempts) == ("running", OTHER_WORKER, 1)

    def test_an_image_is_taken_over_when_the_lease_has_ended(self, item, hold):
        hold(seconds=models.LEASE.total_seconds() + 1)

        work.moderate_item(item.pk)

        item.refresh_from_db()
        assert (item.state, item.attempts) == ("done", 2)

    def test_an_image_that_was_deleted_meanwhile_is_no_matter(self, item):
        item.delete()

        work.moderate_item(item.pk)

        assert not DetectionResult.objects.exists()

    def test_a_result_that_a_dead_worker_stored_is_used(self, item, account):
        stored = DetectionResultFactory(account=account, request_id=item.request_id)

        work.moderate_item(item.pk)

        item.refresh_from_db()
        assert item.result == stored
        assert DetectionResult.objects.count() == 1

    def test_a_result_that_another_worker_stores_meanwhile_is_used(self, item, monkeypatch):
        moderate = work.services.moderate

        def moderate_twice(**arguments):
            moderate(**arguments)
            return moderate(**arguments)

        monkeypatch.setattr(work.services, "moderate", moderate_twice)

        work.moderate_item(item.pk)

        item.refresh_from_db()
        assert item.state == "done"
        assert item.result == DetectionResult.objects.get()

    def test_who_lost_the_lease_does_not_write_the_outcome(self, item, hold, monkeypatch):
        moderate = work.services.moderate

        def moderate_slowly(**arguments):
            hold(seconds=0, attempts=2)
            return moderate(**arguments)

        monkeypatch.setattr(work.services, "moderate", moderate_slowly)

        work.moderate_item(item.pk)

        item.refresh_from_db()
        assert (item.state, item.claimed_by, item.result) == ("running", OTHER_WORKER, None)

    def test_what_is_no_picture_fails_with_its_error(self, start):
        item = start(("notes.jpg", b"This is a text and no picture. " * 10)).items.get()

        work.moderate_item(item.pk)

        item.refresh_from_db()
        assert (item.state, item.error_code) == ("failed", "FormatNotSupported")
        assert item.error
        assert item.can_retry

    def test_a_truncated_picture_fails_with_its_error(self, start):
        item = start(("half.jpg", pictures.cat()[:2000])).items.get()

        work.moderate_item(item.pk)

        item.refresh_from_db()
        assert item.state == "failed"
        assert item.error

    def test_an_image_fails_at_once_if_the_server_does(self, item, monkeypatch, caplog):
        def break_down(**_):
            raise RuntimeError("out of order")

        monkeypatch.setattr(work.services, "moderate", break_down)

        work.moderate_item(item.pk)

        item.refresh_from_db()
        assert (item.state, item.error_code) == ("failed", "Unexpected")
        assert "Try again" in item.error
        assert item.can_retry
        assert "out of order" in caplog.text

    def test_an_upload_that_is_gone_has_to_be_sent_again(self, item):
        default_storage.delete(item.upload.name)

        work.moderate_item(item.pk)

        item.refresh_from_db()
        assert item.state == "failed"
        assert "upload it again" in item.error

    @pytest.mark.parametrize("url", ["http://127.0.0.1/cat.jpg", "http://[::1]:1/cat.jpg"])
    def test_a_url_inside_the_network_is_not_fetched(self, start, url):
        item = start(urls=[url]).items.get()

        work.moderate_item(item.pk)

        item.refresh_from_db()
        assert item.state == "failed"
        assert not DetectionResult.objects.exists()


class TestTakeBack:
    def test_the_images_of_a_worker_that_has_ended_wait_again(self, item, hold, dead_worker):
        hold(dead_worker, seconds=1)

        work.take_back()

        item.refresh_from_db()
        assert (item.state, item.enqueued_at) == ("queued", None)

    @pytest.mark.parametrize("worker", [f"{HOST} {os.getppid()} 0a0b0c0d", OTHER_WORKER])
    def test_the_images_of_a_worker_that_may_live_stay_with_it(self, item, hold, worker):
        hold(worker, seconds=1)

        work.take_back()

        item.refresh_from_db()
        assert item.state == "running"

    def test_a_new_worker_with_the_process_id_of_a_dead_one_takes_its_images(self, item, hold):
        hold(f"{HOST} {os.getpid()} 0a0b0c0d", seconds=1)

        work.take_back()

        item.refresh_from_db()
        assert item.state == "queued"

    def test_an_image_whose_lease_has_ended_waits_again(self, item, hold):
        hold(seconds=models.LEASE.total_seconds() + 1)

        work.take_back()

        item.refresh_from_db()
        assert item.state == "queued"

    def test_an_image_that_ends_every_worker_is_given_up(self, item, hold, dead_worker):
        hold(dead_worker, attempts=work.MAX_ATTEMPTS, seconds=1)

        work.take_back()

        item.refresh_from_db()
        assert (item.state, item.error_code) == ("failed", "WorkerLost")
        assert item.can_retry


class TestRetry:
    def test_a_failed_image_is_moderated_anew(self, item, django_capture_on_commit_callbacks):
        models.TestItem.objects.filter(pk=item.pk).update(state="failed", attempts=3, error="…")

        with django_capture_on_commit_callbacks(execute=True):
            services.retry(item=item)
        work.moderate_item(item.pk)

        item.refresh_from_db()
        assert (item.state, item.error, item.attempts) == ("done", "", 1)
        assert item.enqueued_at is not None


@pytest.fixture
def queue_away():
    """Let the queue be where nobody listens; the queue of the other tests comes back after it."""
    url = app.conf.broker_url

    def move(address):
        app.conf.broker_url = app.conf.broker_write_url = address
        pools.reset()
        app._pool = app.amqp._producer_pool = None

    move(f"redis://127.0.0.1:{free_port()}/0")
    yield lambda: move(url)
    move(url)


class TestQueue:
    def test_an_image_waits_while_the_queue_is_away_and_is_sent_later(self, item, queue_away):
        tasks.enqueue([item.pk])
        item.refresh_from_db()
        assert (item.state, item.enqueued_at) == ("queued", None)
        assert work.waiting_item_ids(all_queued=False) == [item.pk]

        queue_away()  # it is back
        tasks.requeue_items()

        item.refresh_from_db()
        assert item.enqueued_at is not None
        assert work.waiting_item_ids(all_queued=False) == []

    def test_an_image_that_was_sent_lately_is_sent_again_only_by_a_new_worker(self, item):
        tasks.enqueue([item.pk])

        assert work.waiting_item_ids(all_queued=False) == []
        assert work.waiting_item_ids(all_queued=True) == [item.pk]

    def test_an_image_that_was_sent_long_ago_is_sent_again(self, item):
        long_ago = timezone.now() - work.ENQUEUE_AGAIN_AFTER - timedelta(seconds=1)
        models.TestItem.objects.filter(pk=item.pk).update(enqueued_at=long_ago)

        assert work.waiting_item_ids(all_queued=False) == [item.pk]


class TestCleaning:
    @pytest.fixture(autouse=True)
    def lifetimes(self, settings):
        settings.UPLOAD_LIFETIME_MINUTES = 30
        settings.RESULT_LIFETIME_DAYS = 30

    def age(self, rows, **ago):
        rows.update(created_at=timezone.now() - timedelta(**ago))

    def test_old_uploads_are_deleted_and_their_results_stay(self, item):
        work.moderate_item(item.pk)
        self.age(models.TestItem.objects.filter(pk=item.pk), minutes=31)

        assert cleaning.delete_old_uploads() == 1

        assert not default_storage.exists(item.upload.name)
        item.refresh_from_db()
        assert (item.upload.name, item.state) == ("", "done")
        assert item.result is not None

    def test_an_item_outlives_its_result(self, item, settings):
        work.moderate_item(item.pk)
        settings.RESULT_LIFETIME_DAYS = 0

        assert list(expired_batches()) == [1]

        item.refresh_from_db()
        assert (item.state, item.result) == ("done", None)

    def test_uploads_that_are_young_or_still_wait_are_kept(self, item, start):
        work.moderate_item(item.pk)
        waiting = start(("flower.jpg", pictures.flower())).items.get()
        self.age(models.TestItem.objects.filter(pk=waiting.pk), minutes=31)

        assert cleaning.delete_old_uploads() == 0

        assert default_storage.exists(item.upload.name)
        assert default_storage.exists(waiting.upload.name)

    def test_a_failed_image_without_its_upload_cannot_be_retried(self, item):
        models.TestItem.objects.filter(pk=item.pk).update(state="failed")
        self.age(models.TestItem.objects.filter(pk=item.pk), minutes=31)

        tasks.delete_old_tests()

        item.refresh_from_db()
        assert not item.can_retry

    def test_old_runs_are_deleted_with_their_uploads(self, item):
        self.age(models.TestRun.objects.filter(pk=item.run_id), days=31)

        assert cleaning.delete_old_runs() == 1

        assert not models.TestItem.objects.exists()
        assert not default_storage.exists(item.upload.name)
