"""Adding, moving and deleting images of libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pillow_heif
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection

from console.models import AuditEntry, Publication
from libraries import errors
from libraries.models import ImageLibrary, LibraryImage
from libraries.samples import MAX_SAMPLE_BYTES
from libraries.services import images as services
from moderation.errors import FormatNotSupported, ImageTooLarge
from moderation.renditions import MAX_THUMBNAIL_BYTES, SAMPLE_PREVIEW_SIDE_PX
from tests import pictures
from tests.factories import ImageLibraryFactory, MemberFactory
from tests.libraries.samples import add_shown, fill
from tests.own_database import own_database
from tests.web_server import ROOT

pillow_heif.register_heif_opener()

_ENTITIES = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
SVG_BOMB = (
    f'<!DOCTYPE svg [<!ENTITY e0 "aaaaaaaaaa">{_ENTITIES}]>'
    '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"><text>&e9;</text></svg>'
).encode()


@pytest.fixture
def library(account):
    return ImageLibraryFactory.create(account=account, name="Blocked")


@pytest.fixture
def author(account):
    return MemberFactory.create(account=account)


@pytest.fixture
def add(library, author):
    def add_content(content, name="photo.jpg", to=library):
        return services.add_image(library=to, content=content, name=name, author=author)

    return add_content


def upload(library, author, content, name="photo.jpg"):
    file = SimpleUploadedFile(name, content)
    return services.add_upload(library=library, file=file, author=author)


def announced(library):
    publications = Publication.objects.filter(topic="images", subject_id=library.pk)
    return [publication.details for publication in publications.order_by("number")]


class TestAdding:
    def test_an_image_is_kept_with_its_fingerprint_and_pictures(self, add, author):
        image = add(pictures.rocket(), "rocket.jpg")

        stored = LibraryImage.objects.get()
        assert (stored.picture_format, stored.width, stored.height) == ("JPEG", 640, 427)
        assert stored.added_by == author
        assert stored.hashes.pdq_hex == stored.pdq_hex
        assert not stored.hashes.has_only_pdq
        assert stored.thumbnail.size <= MAX_THUMBNAIL_BYTES
        assert stored.preview.size > stored.thumbnail.size
        assert stored.pk == image.pk

    def test_the_preview_is_large_enough_to_make_the_fingerprint_anew(self, add):
        image = add(pictures.astronaut())

        with image.preview.open("rb") as file:
            preview = pictures.Image.open(file)
            preview.load()

        assert max(preview.size) == SAMPLE_PREVIEW_SIDE_PX

    def test_every_process_is_told(self, add, library):
        image = add(pictures.rocket())

        assert announced(library) == [{"image_ids": [image.pk]}]

    def test_it_is_in_the_audit_log(self, add, library, author):
        image = add(pictures.rocket())

        entry = AuditEntry.objects.get()
        assert (entry.action, entry.actor) == ("image_library.add_image", author)
        assert entry.details == {"library": library.pk, "image": image.pk}

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("../../etc/passwd", "passwd"),
            ("C:\\pictures\\a.jpg", "a.jpg"),
            ("<script>alert(1)<script>.jpg", "<script>alert(1)<script>.jpg"),
            ("a\u202egpj.exe\0\n", "agpj.exe"),
            ("x" * 300 + ".jpg", "x" * 251 + ".jpg"),
            ("", ""),
        ],
    )
    def test_the_name_is_kept_without_folders_and_what_cannot_be_seen(self, add, name, shown):
        assert add(pictures.rocket(), name).name == shown

    @pytest.mark.parametrize("image_format", ["PNG", "WEBP", "BMP", "GIF", "HEIF"])
    def test_the_content_says_the_format_not_the_name(self, add, image_format):
        image = add(pictures.encode(pictures.photo("cat"), image_format), "cat.jpg")

        assert image.picture_format == image_format

    def test_a_small_picture_is_taken(self, add):
        assert add(pictures.jpeg(pictures.photo("cat", (96, 64)))).width == 96


class TestRefusing:
    def test_a_file_over_the_limit(self, add):
        noise = os.urandom(MAX_SAMPLE_BYTES)

        with pytest.raises(ImageTooLarge):
            add(pictures.rocket() + noise)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"hello",
            pictures.rocket()[:2_000],
            pictures.png_bomb(),
            b"%PDF-1.4\n%\xff",
            b"PK\3\4" + bytes(100),
        ],
        ids=["empty", "text", "truncated", "png bomb", "pdf", "zip"],
    )
    def test_what_cannot_be_read(self, add, content):
        with pytest.raises((FormatNotSupported, ImageTooLarge)):
            add(content)

        assert not LibraryImage.objects.exists()

    def test_an_svg_that_unpacks_to_gigabytes(self, add):
        with pytest.raises((FormatNotSupported, errors.ImageTooPlain)):
            add(SVG_BOMB)

    @pytest.mark.parametrize("colour", ["white", "black", "red"])
    def test_a_plain_picture(self, add, library, colour):
        with pytest.raises(errors.ImageTooPlain):
            add(pictures.blank(colour=colour))

        assert announced(library) == []

    def test_the_same_file_again(self, add, library):
        first = add(pictures.rocket())

        with pytest.raises(errors.DuplicateImage) as refusal:
            add(pictures.rocket())

        assert refusal.value.image == first
        assert len(announced(library)) == 1

    def test_the_same_picture_encoded_anew_also_in_another_library(self, add, account):
        first = add(pictures.rocket())
        other = ImageLibraryFactory.create(account=account)

        with pytest.raises(errors.DuplicateImage) as refusal:
            add(pictures.jpeg(pictures.photo("rocket", (500, 333)), 80), to=other)

        assert refusal.value.image == first

    def test_not_a_picture_that_was_changed(self, add):
        add(pictures.rocket())
        mirrored = pictures.photo("rocket").transpose(pictures.Image.Transpose.FLIP_LEFT_RIGHT)

        assert add(pictures.jpeg(mirrored)).pk

    def test_not_what_another_account_has(self, add):
        add(pictures.rocket())
        foreign = ImageLibraryFactory.create()

        assert add(pictures.rocket(), to=foreign).account == foreign.account

    def test_more_than_the_account_may_have(self, add, library, account, settings):
        settings.MAX_LIBRARY_IMAGES = 3
        fill(library, 2)
        fill(ImageLibraryFactory.create(account=account), 1, seed=1)

        with pytest.raises(errors.LibraryFull, match="3 images are the limit"):
            add(pictures.rocket())

        assert LibraryImage.objects.count() == 3

    def test_a_library_that_was_deleted_meanwhile(self, add, library):
        ImageLibrary.objects.all().delete()

        with pytest.raises(ImageLibrary.DoesNotExist):
            add(pictures.rocket())

    def test_no_file_is_left_if_the_row_cannot_be_written(self, add, settings):
        folder = settings.MEDIA_ROOT / "libraries"
        before = set(folder.rglob("*.*"))

        with connection.execute_wrapper(_fail_to_insert), pytest.raises(DatabaseError):
            add(pictures.rocket())

        assert set(folder.rglob("*.*")) == before


def _fail_to_insert(execute, sql, parameters, many, context):
    if sql.startswith('INSERT INTO "libraries_libraryimage"'):
        raise DatabaseError("the disk is full")
    return execute(sql, parameters, many, context)


class TestUploads:
    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (b"hello", "not an image that can be read"),
            (pictures.blank(), "Too plain"),
            (bytes(10 * 2**20), "larger than 4 MB"),
            (pictures.png_bomb(), "too many pixels"),
        ],
        ids=["text", "plain", "10 MB", "bomb"],
    )
    def test_each_refusal_says_why(self, library, author, content, problem):
        assert problem in upload(library, author, content).problem

    def test_a_duplicate_names_the_image(self, library, author, add):
        first = add(pictures.rocket())

        assert upload(library, author, pictures.rocket()).same == first

    def test_what_is_added_is_told(self, library, author):
        assert upload(library, author, pictures.rocket()).image == LibraryImage.objects.get()


class TestMovingAndDeleting:
    def test_deleted_images_are_gone_with_their_files(
        self, library, author, django_capture_on_commit_callbacks
    ):
        kept, deleted = fill(library)[0], add_shown(library)
        paths = [deleted.thumbnail.path, deleted.preview.path]

        with django_capture_on_commit_callbacks(execute=True):
            count = services.delete_images(
                library=library, image_ids=[deleted.pk, 0, 999], author=author
            )

        assert count == 1
        assert list(library.images.all()) == [kept]
        assert not any(map(os.path.exists, paths))
        assert announced(library)[-1] == {"image_ids": [deleted.pk]}
        assert AuditEntry.objects.get().action == "image_library.delete_images"

    def test_images_of_other_libraries_stay(self, library, account, author):
        [other] = fill(ImageLibraryFactory.create(account=account))

        assert services.delete_images(library=library, image_ids=[other.pk], author=author) == 0
        assert announced(library) == []

    def test_one_publication_names_at_most_a_thousand(self, library, author):
        ids = [image.pk for image in fill(library, 1_001)]
        before = len(announced(library))

        services.delete_images(library=library, image_ids=ids, author=author)

        sizes = [len(details["image_ids"]) for details in announced(library)[before:]]
        assert sizes == [1_000, 1]

    def test_moved_images_are_announced_for_both_libraries(self, library, account, author):
        target = ImageLibraryFactory.create(account=account, name="Target")
        first, second = fill(library, 2)

        count = services.move_images(
            library=library, target=target, image_ids=[first.pk], author=author
        )

        assert count == 1
        assert list(target.images.all()) == [first]
        assert list(library.images.all()) == [second]
        assert announced(target) == [{"image_ids": [first.pk]}]
        assert announced(library)[-1] == {"image_ids": [first.pk]}
        assert AuditEntry.objects.get().details["to"] == "Target"

    def test_images_are_not_moved_to_a_library_that_is_emptied_or_gone(
        self, library, account, author
    ):
        target = ImageLibraryFactory.create(account=account)
        [image] = fill(library)
        emptied, deleted = {"emptied_up_to": 1}, {"is_being_deleted": True, "emptied_up_to": 1}

        for change in (emptied, deleted, None):
            row = ImageLibrary.objects.filter(pk=target.pk)
            row.update(**change) if change else row.delete()
            with pytest.raises(ImageLibrary.DoesNotExist):
                services.move_images(
                    library=library, target=target, image_ids=[image.pk], author=author
                )

        assert list(library.images.all()) == [image]


class TestAtOnce:
    def test_the_limits_hold_while_many_add_and_create(self, tmp_path):
        command = [sys.executable, "-m", "tests.libraries.limit_scene"]
        environment = (
            os.environ
            | own_database(tmp_path)
            | {
                "DJANGO_SETTINGS_MODULE": "console.settings",
                "MAX_IMAGE_LIBRARIES": "3",
                "MAX_LIBRARY_IMAGES": "5",
            }
        )

        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)

        counted = json.loads(done.stdout)
        assert counted["libraries"] == 3
        assert counted["refused libraries"] == 6
        assert counted["images"] == 5
        assert counted["refused images"] == 3
