"""The commands that make a large library and empty it."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from console.models import Publication
from libraries import emptying
from libraries.management.commands import make_library
from libraries.models import ImageLibrary
from moderation.library_index import LibraryEntry, LibraryIndex
from tests import pictures
from tests.factories import MemberFactory


def run(*arguments):
    output = io.StringIO()
    call_command(*arguments, "--json", stdout=output)
    return json.loads(output.getvalue())


@pytest.fixture
def member(account):
    return MemberFactory(account=account)


class TestMakeLibrary:
    def test_every_image_is_matched_by_its_own_picture_alone(self, member):
        report = run("make_library", "--images", "50")

        library = ImageLibrary.objects.get()
        images = list(library.images.all())
        assert report["added"] == len(images) == 50
        index = LibraryIndex.build(LibraryEntry(1, image.pk, image.hashes) for image in images)
        for image in images:
            [match] = index.match(image.hashes, {1})
            assert (match.image_id, match.similarity) == (image.pk, 100)

    def test_images_are_published_in_batches(self, member, monkeypatch):
        monkeypatch.setattr(make_library, "BATCH", 20)

        run("make_library", "--images", "50")

        published = Publication.objects.filter(topic=Publication.Topic.IMAGES)
        assert [len(one.details["image_ids"]) for one in published] == [10, 20, 20]

    def test_a_second_run_adds_only_what_is_not_there(self, member):
        run("make_library", "--images", "20")

        report = run("make_library", "--images", "30")

        assert (report["added"], report["refused"]) == (10, 20)

    def test_real_pictures_are_added_as_well(self, member, tmp_path):
        path = tmp_path / "cat.jpg"
        path.write_bytes(pictures.cat())

        run("make_library", "--images", "1", "--picture", str(path))

        assert ImageLibrary.objects.get().images.get(name="cat.jpg").has_picture

    def test_a_file_that_is_no_picture_is_refused(self, member, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_bytes(b"no picture")

        with pytest.raises(CommandError, match=r"notes\.txt"):
            run("make_library", "--images", "1", "--picture", str(path))

    def test_an_account_without_administrator_gets_no_library(self, account):
        with pytest.raises(CommandError, match="administrator"):
            run("make_library", "--images", "1")


class TestEmptyLibrary:
    def test_the_images_go_and_the_library_stays(self, member, monkeypatch):
        monkeypatch.setattr(emptying, "BATCH", 8)
        run("make_library", "--images", "20", "--name", "Large")

        report = run("empty_library", "Large")

        assert report["deleted"] == 20
        assert ImageLibrary.objects.get().images.count() == 0

    def test_a_library_that_is_not_there_is_named(self, member):
        with pytest.raises(CommandError, match="'Nowhere'"):
            run("empty_library", "Nowhere")
