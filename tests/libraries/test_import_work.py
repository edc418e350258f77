"""Imports from their upload to their end, without a broker."""

import shutil
import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.utils import timezone
from kombu.exceptions import OperationalError

from console.models import AuditEntry, Publication
from libraries import errors, import_cleaning, import_files, import_work, tasks
from libraries.models import ImageLibrary, ImportJob, ImportRow, LibraryImage, Reason
from libraries.services import imports
from tests import pictures
from tests.factories import ImageLibraryFactory, MemberFactory
from tests.libraries.imports import finish, hash_of, picture, pictures_zip, zip_of
from tests.openapi.picture_server import picture_server

Kind, State = ImportJob.Kind, ImportJob.State


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """However slow the machine, a slice takes all the rows that it may."""
    monkeypatch.setattr(import_work, "SLICE_S", 600.0)


@pytest.fixture
def library(account):
    return ImageLibraryFactory(account=account, name="Blocked")


@pytest.fixture
def author(account):
    return MemberFactory(account=account)


@pytest.fixture
def start(library, author):
    """Start an import of a file that has arrived: start(Kind.ZIP, content)."""

    def start_import(kind, content):
        return imports.import_content(
            library=library, author=author, kind=kind, name="list", content=content
        )

    return start_import


def start_hashes(start, *seeds):
    return start(Kind.HASHES, "\n".join(map(hash_of, seeds)).encode())


def outcomes(job):
    rows = job.rows.order_by("number")
    return {row.name: (row.state, row.reason) for row in rows}


def folder_of(job):
    return settings.MEDIA_ROOT / "imports" / str(job.pk)


class TestZip:
    def test_pictures_become_images_and_the_rest_is_reported(self, start, library, author):
        content = zip_of(
            ("holiday/cat.jpg", pictures.cat()),
            ("猫.jpg", pictures.coffee()),
            ("again.jpg", pictures.cat()),
            ("notes.txt", b"no picture"),
            ("white.png", pictures.blank()),
            ("__MACOSX/._cat.jpg", b"of the system"),
            (".hidden.jpg", pictures.rocket()),
        )

        job = finish(start(Kind.ZIP, content))

        assert job.state == State.DONE
        assert outcomes(job) == {
            "holiday/cat.jpg": ("added", ""),
            "猫.jpg": ("added", ""),
            "again.jpg": ("duplicate", "duplicate"),
            "notes.txt": ("refused", "unreadable"),
            "white.png": ("refused", "plain"),
        }
        assert (job.added_count, job.duplicate_count, job.refused_count) == (2, 1, 2)
        assert (job.total_count, job.skipped_count) == (5, 2)
        added = library.images.order_by("pk")
        assert [image.name for image in added] == ["cat.jpg", "猫.jpg"]
        assert all(image.thumbnail and image.added_by == author for image in added)
        assert job.rows.get(name="again.jpg").image_id == added[0].pk

    def test_a_batch_is_published_once(self, start, library):
        finish(start(Kind.ZIP, pictures_zip(range(30))))

        [publication] = Publication.objects.all()
        assert publication.subject_id == library.pk
        ids = set(library.images.values_list("pk", flat=True))
        assert set(publication.details["image_ids"]) == ids
        assert len(ids) == 30

    def test_what_was_uploaded_is_deleted_at_the_end(
        self, start, django_capture_on_commit_callbacks
    ):
        job = start(Kind.ZIP, pictures_zip(range(2)))
        assert folder_of(job).exists()

        with django_capture_on_commit_callbacks(execute=True):
            finish(job)

        assert not folder_of(job).exists()

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"this is no ZIP", Reason.NOT_A_ZIP),
            (b"", Reason.NOT_A_ZIP),
            (zip_of(), Reason.NOTHING),
            (zip_of(("__MACOSX/._a.jpg", b"x")), Reason.NOTHING),
        ],
    )
    def test_a_file_of_no_use_ends_the_import_with_the_reason(self, start, content, reason):
        job = finish(start(Kind.ZIP, content))

        assert (job.state, job.reason) == (State.FAILED, reason)
        assert job.reason_text == reason.label

    def test_the_end_is_in_the_audit_log(self, start, author):
        finish(start(Kind.ZIP, pictures_zip(range(2))))

        entry = AuditEntry.objects.get(action="image_library.import")
        assert entry.actor == author
        assert entry.details["added"] == 2


class TestUrls:
    def test_pictures_are_downloaded_and_each_failure_says_why(self, start, settings):
        settings.FETCH_ALLOWED_NETWORKS = ["127.0.0.0/8"]
        with picture_server() as (address, _):
            lines = [f"{address}/cat.jpg", f"{address}/missing.jpg", "", "ftp://a/b.jpg"]
            job = finish(start(Kind.URLS, "\n".join([*lines, lines[0]]).encode()))

        rows = [(row.state, row.reason) for row in job.rows.order_by("number")]
        assert rows == [
            ("added", ""),
            ("refused", "download"),
            ("refused", "bad_url"),
            ("refused", "repeated"),
        ]
        assert "404" in job.rows.get(number=2).detail
        assert LibraryImage.objects.get().name == "cat.jpg"

    def test_addresses_of_this_network_are_not_asked(self, start):
        with picture_server() as (address, requests):
            job = finish(start(Kind.URLS, f"{address}/cat.jpg".encode()))

        assert job.rows.get().reason == Reason.DOWNLOAD
        assert not requests


class TestHashes:
    def test_hashes_become_images_without_pictures(self, start, library):
        lines = [
            "hash,quality,name",
            f"{hash_of(1)},100,first",
            f"{hash_of(2).upper()},90,'=1+1",
            f"{hash_of(1)},100,twice",
            f"{hash_of(3)},20,dull",
            "no hash,100,bad",
        ]

        job = finish(start(Kind.HASHES, "\n".join(lines).encode()))

        assert [row.state for row in job.rows.order_by("number")] == [
            "added",
            "added",
            "duplicate",
            "refused",
            "refused",
        ]
        images = library.images.order_by("pk")
        assert [image.digest for image in images] == [f"pdq:{hash_of(1)}", f"pdq:{hash_of(2)}"]
        assert images[1].name == "=1+1"
        assert not images[0].has_picture

    def test_a_file_in_another_encoding_is_refused_as_a_whole(self, start):
        job = finish(start(Kind.HASHES, "hash;名\n".encode("utf-16")))

        assert (job.state, job.reason) == (State.FAILED, Reason.NOT_TEXT)

    def test_a_thousand_hashes_take_few_queries(self, start, django_assert_max_num_queries):
        job = start_hashes(start, *range(1_000))
        import_work.run_slice(job.pk)

        with django_assert_max_num_queries(60):
            import_work.run_slice(job.pk)

        job.refresh_from_db()
        assert job.added_count == 1_000


class TestFiles:
    @pytest.fixture
    def job(self, library, author):
        return imports.start_import(library=library, author=author, kind=Kind.FILES, file_count=3)

    def add(self, job, number, content=None):
        name = f"{number}.jpg"
        file = SimpleUploadedFile(name, picture(number) if content is None else content)
        imports.add_pictures(job=job, files={number: file})

    def test_files_are_added_while_others_are_still_sent(self, job):
        self.add(job, 1)
        finish(job)
        assert (job.state, job.added_count) == (State.RUNNING, 1)

        self.add(job, 2)
        imports.close_upload(job=job)

        assert finish(job).state == State.DONE
        assert job.added_count == 2

    def test_a_file_that_is_sent_twice_counts_once(self, job):
        self.add(job, 1)
        self.add(job, 1)
        imports.close_upload(job=job)

        finish(job)

        assert (job.total_count, job.added_count) == (1, 1)

    def test_files_too_large_or_empty_are_refused_at_once(self, job):
        self.add(job, 1, bytes(4 * 2**20 + 1))
        self.add(job, 2, b"")

        assert outcomes(job) == {
            "1.jpg": ("refused", "too_large"),
            "2.jpg": ("refused", "unreadable"),
        }

    def test_a_picture_is_deleted_once_it_is_done(self, job, django_capture_on_commit_callbacks):
        self.add(job, 1)

        with django_capture_on_commit_callbacks(execute=True):
            finish(job)

        assert list(folder_of(job).iterdir()) == []

    def test_what_was_never_sent_does_not_keep_the_import_open(self, job):
        self.add(job, 1)
        ImportJob.objects.update(changed_at=timezone.now() - timedelta(minutes=16))

        import_cleaning.end_stopped_uploads()

        assert finish(job).state == State.DONE
        assert job.reason == Reason.UPLOAD_STOPPED
        assert job.added_count == 1

    def test_nothing_is_taken_after_the_end(self, job):
        imports.cancel_import(job=job, author=job.member)

        with pytest.raises(errors.ImportEnded):
            self.add(job, 1)


class TestParts:
    @pytest.fixture(autouse=True)
    def small_parts(self, monkeypatch):
        for module in (imports, import_files):
            monkeypatch.setattr(module, "PART_BYTES", 1_000)

    def test_a_file_in_parts_is_read_as_one(self, start):
        content = pictures_zip(range(5))
        assert len(content) > 3_000

        job = finish(start(Kind.ZIP, content))

        assert job.added_count == 5

    def test_a_part_that_came_before_does_no_harm(self, library, author):
        content = pictures_zip(range(3))
        job = imports.start_import(
            library=library, author=author, kind=Kind.ZIP, size_bytes=len(content)
        )
        for number, start in enumerate(range(0, len(content), 1_000)):
            for _ in range(2):
                imports.add_part(job=job, number=number, content=content[start : start + 1_000])

        assert finish(job).added_count == 3

    @pytest.mark.parametrize(("number", "length"), [(1, 1_000), (0, 999), (0, 1_001)])
    def test_a_part_out_of_place_is_refused(self, library, author, number, length):
        job = imports.start_import(library=library, author=author, kind=Kind.ZIP, size_bytes=5_000)

        with pytest.raises(errors.PartMisplaced):
            imports.add_part(job=job, number=number, content=bytes(length))

    def test_an_upload_that_stopped_ends_the_import(self, library, author):
        job = imports.start_import(library=library, author=author, kind=Kind.ZIP, size_bytes=5_000)
        ImportJob.objects.update(changed_at=timezone.now() - timedelta(minutes=16))

        import_cleaning.end_stopped_uploads()

        job.refresh_from_db()
        assert (job.state, job.reason) == (State.FAILED, Reason.UPLOAD_STOPPED)


class TestLimits:
    def test_the_image_beyond_the_quota_is_refused_and_the_rest_kept(self, start, settings):
        settings.MAX_LIBRARY_IMAGES = 3

        job = finish(start_hashes(start, *range(5)))

        assert (job.state, job.added_count, job.refused_count) == (State.DONE, 3, 2)
        reasons = set(job.rows.filter(state="refused").values_list("reason", flat=True))
        assert reasons == {Reason.QUOTA}

    def test_the_sixth_import_at_once_has_to_wait(self, start):
        for seed in range(5):
            start_hashes(start, seed)

        with pytest.raises(errors.TooManyImports):
            start_hashes(start, 9)


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
        host = import_work.worker_name().split(" ")[0]
        ImportJob.objects.update(claimed_by=f"{host} 99999999 abc def", claimed_at=timezone.now())

        import_work.take_back()

        assert import_work.waiting_job_ids(all_waiting=False) == [job.pk]
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

        while following := import_work.next_job_ids():
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

        assert import_work.waiting_job_ids(all_waiting=False) == [job.pk]

    def test_a_job_that_was_just_sent_is_not_sent_again_but_after_a_restart(self, start):
        job = start_hashes(start, 1)
        ImportJob.objects.update(enqueued_at=timezone.now())

        assert import_work.waiting_job_ids(all_waiting=False) == []
        assert import_work.waiting_job_ids(all_waiting=True) == [job.pk]

    def test_a_job_whose_upload_goes_on_is_not_sent(self, library, author):
        imports.start_import(library=library, author=author, kind=Kind.ZIP, size_bytes=5_000)

        assert import_work.waiting_job_ids(all_waiting=True) == []


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
        assert import_work.waiting_job_ids(all_waiting=False) == [job.pk]
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
