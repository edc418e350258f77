"""The import page, the upload of files, cards, reports and the export."""

import csv
import io
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from console.roles import Role
from libraries import import_files, tasks
from libraries.models import ImportJob, LibraryImage
from libraries.services import imports
from tests import pictures
from tests.factories import AccountFactory, ImageLibraryFactory, MemberFactory
from tests.html import faults
from tests.libraries.imports import finish, hash_of, picture, pictures_zip, zip_of

HTMX = {"HX-Request": "true"}
Kind, State = ImportJob.Kind, ImportJob.State


@pytest.fixture
def client(member_client):
    return member_client(Role.MODERATOR)


@pytest.fixture
def library(account):
    return ImageLibraryFactory(account=account, name="Blocked")


def url_of(name, *args):
    return reverse(f"libraries:{name}", args=args)


def start_hashes(library, *seeds):
    return imports.import_content(
        library=library,
        author=MemberFactory(account=library.account),
        kind=Kind.HASHES,
        name="list.csv",
        content="\n".join(map(hash_of, seeds)).encode(),
    )


class TestUploads:
    def test_a_zip_is_announced_sent_in_parts_and_imported(self, client, library, monkeypatch):
        for module in (imports, import_files):
            monkeypatch.setattr(module, "PART_BYTES", 2_000)
        content = pictures_zip(range(3))
        announced = {"kind": "zip", "name": "three.zip", "size_bytes": len(content)}

        started = client.post(url_of("import_start", library.pk), announced)
        assert started.status_code == 202
        assert "three.zip" in started.content.decode()
        assert "0 / 1 MB" in started.content.decode()
        job = ImportJob.objects.get()
        for number, place in enumerate(range(0, len(content), 2_000)):
            part = SimpleUploadedFile("part", content[place : place + 2_000])
            sent = client.post(url_of("import_part", job.pk), {"number": number, "part": part})
            assert sent.status_code == 204

        assert started["Location"] == url_of("import_detail", job.pk)
        assert finish(job).added_count == 3

    def test_many_pictures_are_sent_some_at_a_time(self, client, library):
        announced = {"kind": "files", "file_count": 4}
        client.post(url_of("import_start", library.pk), announced)
        job = ImportJob.objects.get()
        first = {
            "number": [1, 2],
            "image": [SimpleUploadedFile(f"{seed}.jpg", picture(seed)) for seed in (1, 2)],
            "too_large": ["3:huge.bmp"],
        }
        second = {"number": [4], "image": [SimpleUploadedFile("4.jpg", picture(4))]}

        for fields in (first, second, first):  # the first again: its answer was lost
            assert client.post(url_of("import_pictures", job.pk), fields).status_code == 204
        client.post(url_of("import_close", job.pk))

        assert finish(job).state == State.DONE
        assert (job.total_count, job.added_count, job.refused_count) == (4, 3, 1)
        assert job.rows.get(name="huge.bmp").reason == "too_large"

    def test_a_browser_without_scripts_sends_everything_at_once(self, client, library):
        files = [
            SimpleUploadedFile("1.jpg", picture(1)),
            SimpleUploadedFile("two.zip", pictures_zip((2, 3))),
        ]

        response = client.post(url_of("import_page", library.pk), {"file": files})

        assert response.status_code == 302
        for job in ImportJob.objects.all():
            finish(job)
        assert library.images.count() == 3

    def test_lists_are_taken_for_lists_unless_pictures_lie_beside_them(self, client, library):
        alone = {"file": [SimpleUploadedFile("hashes.csv", hash_of(4).encode())]}
        beside = {
            "file": [
                SimpleUploadedFile("notes.txt", b"no list"),
                SimpleUploadedFile("1.jpg", picture(1)),
            ]
        }

        for files in (alone, beside):
            client.post(url_of("import_page", library.pk), files)

        lists, pictures_and_notes = ImportJob.objects.order_by("created_at")
        assert lists.kind == Kind.HASHES
        assert finish(lists).added_count == 1
        assert finish(pictures_and_notes).kind == Kind.FILES
        assert (pictures_and_notes.added_count, pictures_and_notes.refused_count) == (1, 1)

    def test_nothing_chosen_is_said(self, client, library):
        response = client.post(url_of("import_page", library.pk))

        assert response.status_code == 422
        assert "Choose another" in response.content.decode()

    @pytest.mark.parametrize(
        "announced",
        [
            {"kind": "zip", "size_bytes": (1 << 31) + 1},
            {"kind": "zip"},
            {"kind": "files"},
            {"kind": "files", "file_count": 200_001},
            {"kind": "tar", "size_bytes": 1},
        ],
    )
    def test_what_cannot_be_imported_is_refused_before_it_is_sent(self, client, library, announced):
        response = client.post(url_of("import_start", library.pk), announced)

        assert response.status_code == 422
        assert response.content
        assert not ImportJob.objects.exists()

    def test_a_part_out_of_step_and_one_after_the_end_are_told_apart(self, client, library):
        announced = {"kind": "zip", "name": "a.zip", "size_bytes": 100}
        client.post(url_of("import_start", library.pk), announced)
        job = ImportJob.objects.get()
        url = url_of("import_part", job.pk)

        def send(number):
            return client.post(url, {"number": number, "part": SimpleUploadedFile("p", b"x")})

        assert send(1).status_code == 409
        assert client.post(url, {"number": 0}).status_code == 400
        imports.cancel_import(job=job, author=job.member)
        assert send(0).status_code == 410

    def test_pictures_without_numbers_are_refused(self, client, library):
        client.post(url_of("import_start", library.pk), {"kind": "files", "file_count": 1})
        job = ImportJob.objects.get()

        response = client.post(
            url_of("import_pictures", job.pk), {"image": SimpleUploadedFile("a.jpg", b"x")}
        )

        assert response.status_code == 400

    @pytest.mark.parametrize("number", ["9" * 20, "9" * 5000, "-1", "0", "٣"], ids=len)
    def test_numbers_that_cannot_be_are_refused(self, client, library, number):
        client.post(url_of("import_start", library.pk), {"kind": "files", "file_count": 1})
        job = ImportJob.objects.get()
        address = url_of("import_pictures", job.pk)
        file = SimpleUploadedFile("a.jpg", b"x")

        assert client.post(address, {"number": number, "image": file}).status_code == 400
        assert client.post(address, {"too_large": f"{number}:a.jpg"}).status_code == 204
        assert not job.rows.exists()


class TestUrls:
    def test_a_list_of_urls_answers_with_its_card(self, client, library):
        response = client.post(
            url_of("import_urls", library.pk), {"urls": "https://example.com/a.jpg"}, headers=HTMX
        )

        assert response.status_code == 202
        page = response.content.decode()
        assert 'hx-trigger="every 2s"' in page
        assert 'hx-swap-oob="true"' in page
        assert ImportJob.objects.get().kind == Kind.URLS

    def test_no_url_is_said_beside_the_field(self, client, library):
        for headers in ({}, HTMX):
            response = client.post(url_of("import_urls", library.pk), {"urls": ""}, headers=headers)

            assert response.status_code == 422
            assert "Enter a URL." in response.content.decode()

    def test_the_sixth_import_is_refused_with_the_reason(self, client, library):
        for seed in range(5):
            start_hashes(library, seed)

        response = client.post(url_of("import_urls", library.pk), {"urls": "https://example.com"})

        assert response.status_code == 422
        assert "5 imports are under way" in response.content.decode()


class TestCards:
    def test_a_card_asks_again_until_the_end(self, client, library):
        job = start_hashes(library, 1)
        url = url_of("import_card", job.pk)
        assert 'hx-trigger="every 2s"' in client.get(url).content.decode()

        finish(job)
        response = client.get(url)

        assert "every 2s" not in response.content.decode()
        assert response["HX-Trigger"] == "uploads-done"

    def test_cancel_answers_with_what_stays(self, client, library):
        job = start_hashes(library, 1)

        response = client.post(url_of("import_cancel", job.pk), headers=HTMX)

        assert "Canceled. The 0 images" in response.content.decode()
        job.refresh_from_db()
        assert job.state == State.CANCELED

    def test_an_import_that_the_broker_does_not_take_says_so(
        self, client, library, monkeypatch, django_capture_on_commit_callbacks
    ):
        def refuse(*_, **__):
            raise OperationalError

        monkeypatch.setattr(tasks.import_slice, "apply_async", refuse)
        with django_capture_on_commit_callbacks(execute=True):
            job = start_hashes(library, 1)

        page = client.get(url_of("import_card", job.pk)).content.decode()

        assert "Redis is away. The import waits" in page

    def test_an_import_that_no_worker_takes_says_so(self, client, library):
        job = start_hashes(library, 1)
        long_ago = timezone.now() - timedelta(seconds=30)
        ImportJob.objects.update(enqueued_at=long_ago, changed_at=long_ago)
        url = url_of("import_card", job.pk)
        assert "No worker has taken the import" in client.get(url).content.decode()

        other = start_hashes(library, 2)  # which is being worked on
        ImportJob.objects.filter(pk=other.pk).update(claimed_by="host 1 abc def")

        assert "No worker has taken the import" not in client.get(url).content.decode()

    def test_names_are_shown_as_text(self, client, library):
        content = zip_of(("<script>alert(1)</script>.jpg", b"x"))
        job = imports.import_content(
            library=library,
            author=client.member,
            kind=Kind.ZIP,
            name="<b>.zip",
            content=content,
        )
        finish(job)

        page = client.get(url_of("import_detail", job.pk)).content.decode()

        assert "<script>alert" not in page
        assert "<b>.zip" not in page
        assert "&lt;script&gt;alert(1)" in page


class TestPages:
    def test_the_script_learns_the_exact_sizes(self, client, library):
        page = client.get(url_of("import_page", library.pk)).content.decode()

        assert f'data-part-bytes="{import_files.PART_BYTES}"' in page
        assert 'data-max-picture-bytes="4194304"' in page

    def test_the_import_page_shows_the_imports(
        self, client, library, django_assert_max_num_queries
    ):
        for seed in range(4):
            finish(start_hashes(library, seed, 0))

        with django_assert_max_num_queries(10):
            response = client.get(url_of("import_page", library.pk))

        assert faults(response.content.decode()) == []
        page = response.content.decode()
        assert page.count('class="card job"') == 4

    def test_a_report_names_every_row(self, client, library, django_assert_max_num_queries):
        job = finish(start_hashes(library, 1, 2, 1))

        with django_assert_max_num_queries(12):
            response = client.get(url_of("import_detail", job.pk))

        assert faults(response.content.decode()) == []
        page = response.content.decode()
        for image in library.images.all():
            assert url_of("library_image", library.pk, image.pk) in page
        assert page.count(hash_of(1)) == 2

    def test_a_report_is_filtered_by_outcome(self, client, library):
        job = finish(start_hashes(library, 1, 2, 1))

        response = client.get(url_of("import_detail", job.pk), {"state": "duplicate"})

        page = response.content.decode()
        assert hash_of(1) in page
        assert hash_of(2) not in page

    def test_rows_without_match_and_yet_without_rows(self, client, library):
        job = start_hashes(library, 1)
        url = url_of("import_detail", job.pk)
        assert "No rows yet" in client.get(url).content.decode()

        finish(job)

        assert "No row with this outcome" in client.get(url, {"state": "refused"}).content.decode()

    def test_a_report_survives_its_library(self, client, library):
        job = finish(start_hashes(library, 1))
        library.delete()

        response = client.get(url_of("import_detail", job.pk))

        assert "deleted since" in response.content.decode()

    def test_a_report_is_downloaded_without_formulas(self, client, library):
        content = zip_of(("=cmd|'/c calc'!A1.jpg", b"x"), ("a.jpg", pictures.cat()))
        job = imports.import_content(
            library=library, author=client.member, kind=Kind.ZIP, name="", content=content
        )
        finish(job)

        response = client.get(url_of("import_report", job.pk))

        rows = list(csv.reader(io.StringIO(response.getvalue().decode())))
        assert rows[1][1].startswith("'=cmd")
        assert rows[2][2:] == ["Added", "", "", str(LibraryImage.objects.get().pk)]

    def test_an_export_can_be_imported_elsewhere(self, client, library, account):
        finish(start_hashes(library, 1, 2))
        image = library.images.first()
        LibraryImage.objects.filter(pk=image.pk).update(name="=SUM(A1)")

        exported = client.get(url_of("image_library_export", library.pk)).getvalue()

        assert b"'=SUM(A1)" in exported
        other = ImageLibraryFactory(account=AccountFactory())
        job = imports.import_content(
            library=other,
            author=MemberFactory(account=other.account),
            kind=Kind.HASHES,
            name="",
            content=exported,
        )
        finish(job)
        assert set(other.images.values_list("digest", "name")) == set(
            library.images.values_list("digest", "name")
        )


class TestAccounts:
    @pytest.fixture
    def foreign(self):
        return start_hashes(ImageLibraryFactory(account=AccountFactory()), 1)

    @pytest.mark.parametrize("name", ["import_detail", "import_card", "import_report"])
    def test_another_accounts_import_does_not_exist(self, client, foreign, name):
        assert client.get(url_of(name, foreign.pk)).status_code == 404
        assert client.get(url_of(name, uuid.uuid4())).status_code == 404

    @pytest.mark.parametrize(
        "name", ["import_part", "import_pictures", "import_close", "import_cancel"]
    )
    def test_another_accounts_import_cannot_be_changed(self, client, foreign, name):
        assert client.post(url_of(name, foreign.pk)).status_code == 404
        foreign.refresh_from_db()
        assert not foreign.is_finished

    @pytest.mark.parametrize("name", ["import_start", "import_urls", "import_page"])
    def test_nothing_is_imported_into_another_accounts_library(self, client, foreign, name):
        url = url_of(name, foreign.library.pk)

        assert client.post(url, {"urls": "https://example.com"}).status_code == 404

    def test_a_viewer_looks_but_does_not_import(self, member_client, library):
        client = member_client(Role.VIEWER)
        job = start_hashes(library, 1)

        assert client.get(url_of("import_page", library.pk)).status_code == 403
        assert client.post(url_of("import_cancel", job.pk)).status_code == 403
        assert client.get(url_of("import_detail", job.pk)).status_code == 200
