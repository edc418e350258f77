"""What can be imported: ZIPs, URLs, hashes, files; and what is refused of it."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from console.models import AuditEntry, Publication
from libraries import errors, import_cleaning, import_files, import_work
from libraries.models import ImportJob, LibraryImage, Reason
from libraries.services import imports
from tests import pictures
from tests.libraries.imports import (
    finish,
    hash_of,
    picture,
    pictures_zip,
    start_hashes,
    zip_of,
)
from tests.openapi.picture_server import picture_server

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
