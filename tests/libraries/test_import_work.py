"""Imports that are canceled, lose their worker, wait, take turns, or grow old."""

import shutil
import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from kombu.exceptions import OperationalError

from console.models import AuditEntry
from libraries import import_cleaning, import_jobs, import_work, tasks
from libraries.models import ImageLibrary, ImportJob, ImportRow, Reason
from libraries.services import imports
from tests.factories import MemberFactory
from tests.libraries.imports import (
    finish,
    pictures_zip,
    start_hashes,
)

Kind, State = ImportJob.Kind, ImportJob.State


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """However slow the machine, a slice takes all the rows that it may."""
    monkeypatch.setattr(import_work, "SLICE_S", 600.0)


@pytest.fixture
def library(import_library):
    return import_library


@pytest.fixture
def author(import_author):
    return import_author


def folder_of(job):
    return settings.MEDIA_ROOT / "imports" / str(job.pk)


class TestEnds:
    def test_a_canceled_import_keeps_what_it_has_added(self, start, library, monkeypatch):
        monkeypatch.setattr(import_work, "SLICE_HASHES", 4)
        job = start_hashes(start, *range(10))
        for _ in range(2):
            import_work.run_slice(job.pk)

        assert imports.cancel_import(job=job, author=job.member)

        assert not imports.cancel_import(job=job, author=job.member)
        assert finish(job).state == State.CANCELED
        assert library.images.count() == job.added_count == 4
        assert job.rows.filter(state="waiting").count() == 6

    def test_a_cancel_in_the_middle_of_a_slice_stores_nothing_more(
        self, start, library, monkeypatch
    ):
        job = start_hashes(start, *range(10))
        import_work.run_slice(job.pk)
        look_at = import_work._look_at

        def cancel_meanwhile(*args):
            found = look_at(*args)
            imports.cancel_import(job=job, author=job.member)
            return found

        monkeypatch.setattr(import_work, "_look_at", cancel_meanwhile)
        import_work.run_slice(job.pk)

        job.refresh_from_db()
        assert (job.state, job.added_count, library.images.count()) == (State.CANCELED, 0, 0)

    def test_a_library_deleted_meanwhile_ends_the_import_with_the_reason(
        self, start, library, monkeypatch
    ):
        monkeypatch.setattr(import_work, "SLICE_HASHES", 4)
        job = start_hashes(start, *range(10))
        for _ in range(2):
            import_work.run_slice(job.pk)

        library.delete()

        assert finish(job).state == State.FAILED
        assert job.reason == Reason.LIBRARY_DELETED
        assert job.library_name == "Blocked"

    def test_a_library_that_is_being_deleted_takes_nothing_more(self, start, library):
        job = start_hashes(start, 1)
        import_work.run_slice(job.pk)
        ImageLibrary.objects.update(is_being_deleted=True)

        assert finish(job).reason == Reason.LIBRARY_DELETED
        assert library.images.count() == 0

    def test_a_library_deleted_in_the_middle_of_a_slice_ends_it_too(
        self, start, library, monkeypatch
    ):
        job = start_hashes(start, *range(10))
        import_work.run_slice(job.pk)
        look_at = import_work._look_at

        def delete_meanwhile(*args):
            found = look_at(*args)
            ImageLibrary.objects.all().delete()
            return found

        monkeypatch.setattr(import_work, "_look_at", delete_meanwhile)

        assert finish(job).reason == Reason.LIBRARY_DELETED


class TestLostWorkers:
    def test_a_job_of_a_dead_worker_is_taken_up_again(self, start):
        job = start_hashes(start, 1)
        ImportJob.objects.update(claimed_by="elsewhere 1 abc def", claimed_at=timezone.now())
        assert import_work.run_slice(job.pk) is import_work.Next.NOTHING

        ImportJob.objects.update(claimed_at=timezone.now() - timedelta(minutes=3))

        assert finish(job).state == State.DONE

    def test_a_dead_worker_of_this_host_is_noticed_at_once(self, start):
        job = start_hashes(start, 1)
        import_work.run_slice(job.pk)
        host = import_jobs.worker_name().split(" ")[0]
        ImportJob.objects.update(claimed_by=f"{host} 99999999 abc def", claimed_at=timezone.now())

        import_jobs.take_back()

        assert import_jobs.waiting_job_ids(all_waiting=False) == [job.pk]
        assert finish(job).added_count == 1

    def test_a_slice_that_lost_its_job_stores_nothing(self, start, library, monkeypatch):
        job = start_hashes(start, 1, 2)
        import_work.run_slice(job.pk)
        look_at = import_work._look_at

        def lose_meanwhile(*args):
            found = look_at(*args)
            ImportJob.objects.update(claimed_by="elsewhere 1 abc def")
            return found

        monkeypatch.setattr(import_work, "_look_at", lose_meanwhile)
        import_work.run_slice(job.pk)

        job.refresh_from_db()
        assert job.claimed_by == "elsewhere 1 abc def"
        assert library.images.count() == 0

    def test_a_row_that_kills_workers_is_given_up_and_the_rest_done(self, start):
        job = start_hashes(start, 1, 2, 3)
        import_work.run_slice(job.pk)
        job.rows.filter(number=1).update(attempts=3)

        assert finish(job).state == State.DONE
        assert job.rows.get(number=1).reason == Reason.WORKER_LOST
        assert job.added_count == 2

    def test_rows_of_a_dead_worker_are_done_one_at_a_time(self, start):
        job = start_hashes(start, 1, 2, 3)
        import_work.run_slice(job.pk)
        job.rows.update(attempts=1)

        import_work.run_slice(job.pk)

        job.refresh_from_db()
        assert job.added_count == 1

    def test_a_list_that_kills_workers_is_given_up(self, start):
        job = start_hashes(start, 1)
        ImportJob.objects.update(attempts=3)

        assert finish(job).reason == Reason.WORKER_LOST

    def test_a_list_half_read_makes_no_row_twice(self, start, monkeypatch):
        monkeypatch.setattr(import_work, "_LISTED_AT_ONCE", 2)
        job = start_hashes(start, 1, 2, 3, 4, 5)
        rows = ImportRow.objects.bulk_create(
            ImportRow(job=job, number=number, name="", source={}) for number in (1, 2)
        )
        ImportRow.objects.filter(pk=rows[0].pk).delete()

        import_work.run_slice(job.pk)

        assert sorted(job.rows.values_list("number", flat=True)) == [1, 2, 3, 4, 5]

    def test_a_database_that_fails_costs_no_row_an_attempt(self, start, monkeypatch):
        job = start_hashes(start, 1, 2)
        import_work.run_slice(job.pk)

        def fail(**_):
            raise DatabaseError

        with monkeypatch.context() as patch:
            patch.setattr(import_work, "add_samples", fail)
            with pytest.raises(DatabaseError):
                import_work.run_slice(job.pk)

        assert set(job.rows.values_list("attempts", flat=True)) == {0}
        assert finish(job).added_count == 2

    def test_one_import_at_a_time_leaves_a_thread_for_the_rest(self, start):
        job = start_hashes(start, 1)
        with import_work._one_at_a_time:
            after = []
            thread = threading.Thread(
                target=lambda: after.append(import_work.run_slice(job.pk)), daemon=True
            )
            thread.start()
            thread.join()

        assert after == [import_work.Next.TRY_LATER]

    def test_an_upload_that_is_gone_from_the_disk_is_refused_row_by_row(self, start):
        job = start(Kind.ZIP, pictures_zip(range(2)))
        import_work.run_slice(job.pk)
        shutil.rmtree(folder_of(job))

        finish(job)

        assert (job.state, job.refused_count) == (State.DONE, 2)


class TestTurns:
    def test_imports_take_turns(self, start, monkeypatch):
        monkeypatch.setattr(import_work, "SLICE_HASHES", 2)
        first, second = start_hashes(start, 1, 2, 3, 4), start_hashes(start, 5, 6, 7, 8)
        order = []

        while following := import_jobs.next_job_ids():
            import_work.run_slice(following[0])
            order.append(following[0])

        assert order == [first.pk, second.pk] * 4

    def test_a_slice_is_followed_by_the_import_that_waits_longest(self, start, monkeypatch):
        sent = []
        monkeypatch.setattr(tasks, "enqueue_imports", lambda ids, **_: sent.extend(ids))
        first, second = start_hashes(start, 1), start_hashes(start, 2)

        tasks.import_slice(str(first.pk))

        assert sent == [second.pk]

    def test_whoever_cancels_is_in_the_audit_log(self, start, account):
        job = start_hashes(start, 1)
        other = MemberFactory(account=account)

        imports.cancel_import(job=job, author=other)

        entry = AuditEntry.objects.get(action="image_library.import")
        assert (entry.actor, entry.details["state"]) == (other, "canceled")


class TestWaiting:
    def test_a_job_that_the_broker_did_not_take_is_sent_again(self, start):
        job = start_hashes(start, 1)

        assert import_jobs.waiting_job_ids(all_waiting=False) == [job.pk]

    def test_a_job_that_was_just_sent_is_not_sent_again_but_after_a_restart(self, start):
        job = start_hashes(start, 1)
        ImportJob.objects.update(enqueued_at=timezone.now())

        assert import_jobs.waiting_job_ids(all_waiting=False) == []
        assert import_jobs.waiting_job_ids(all_waiting=True) == [job.pk]

    def test_a_job_whose_upload_goes_on_is_not_sent(self, library, author):
        imports.start_import(library=library, author=author, kind=Kind.ZIP, size_bytes=5_000)

        assert import_jobs.waiting_job_ids(all_waiting=True) == []


class TestBrokerAway:
    def test_an_import_waits_and_goes_on_when_the_broker_is_back(
        self, start, monkeypatch, django_capture_on_commit_callbacks
    ):
        def refuse(*_, **__):
            raise OperationalError

        with monkeypatch.context() as patch:
            patch.setattr(tasks.import_slice, "apply_async", refuse)
            with django_capture_on_commit_callbacks(execute=True):
                job = start_hashes(start, 1, 2)
            job.refresh_from_db()
            assert (job.state, job.enqueued_at) == (State.WAITING, None)

        monkeypatch.setattr(
            tasks.import_slice, "apply_async", lambda args, **_: tasks.import_slice(*args)
        )
        tasks.requeue_imports()

        job.refresh_from_db()
        assert (job.state, job.added_count) == (State.DONE, 2)

    def test_a_broker_that_goes_away_between_two_slices_loses_nothing(self, start, monkeypatch):
        def refuse(*_, **__):
            raise OperationalError

        monkeypatch.setattr(import_work, "SLICE_HASHES", 1)
        monkeypatch.setattr(tasks.import_slice, "apply_async", refuse)
        job = start_hashes(start, 1, 2)

        for _ in range(2):
            tasks.import_slice(str(job.pk))

        job.refresh_from_db()
        assert (job.added_count, job.enqueued_at) == (1, None)
        assert import_jobs.waiting_job_ids(all_waiting=False) == [job.pk]
        assert finish(job).added_count == 2


class TestCleaning:
    def test_reports_go_after_thirty_days(self, start, monkeypatch):
        monkeypatch.setattr(import_cleaning, "ROWS_AT_ONCE", 2)
        job = finish(start_hashes(start, 1, 2, 3))
        ImportJob.objects.update(finished_at=timezone.now() - timedelta(days=31))

        counts = [import_cleaning.delete_old_imports() for _ in range(3)]

        assert counts == [2, 1, 0]
        assert not ImportJob.objects.filter(pk=job.pk).exists()

    def test_younger_reports_stay(self, start):
        job = finish(start_hashes(start, 1))

        import_cleaning.delete_old_imports()

        assert ImportJob.objects.get().rows.count() == job.total_count
