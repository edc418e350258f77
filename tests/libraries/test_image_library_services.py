"""Creating, changing, emptying and deleting image libraries, and their files."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from console.models import AuditEntry, Publication
from libraries import emptying, errors, files, tasks
from libraries.models import ImageLibrary, LibraryImage
from libraries.services import image_libraries as services
from rules.models import Exemption, LabelRule
from tests.factories import ImageLibraryFactory, MemberFactory, ServiceFactory
from tests.libraries.samples import add_shown, fill


@pytest.fixture
def author(account):
    return MemberFactory.create(account=account)


@pytest.fixture
def library(account):
    return ImageLibraryFactory.create(account=account, name="Blocked")


@pytest.fixture
def create(account, author):
    def create_named(name, description=""):
        return services.create_image_library(
            account=account, name=name, description=description, author=author
        )

    return create_named


@pytest.fixture
def folder(account):
    """The folder of the account's files, emptied: other tests' accounts may have had its id."""
    path = Path(django_settings.MEDIA_ROOT) / files.FOLDER / str(account.pk)
    for file in path.rglob("*.*"):
        file.unlink()
    return path


class TestCreating:
    def test_a_library_is_created_and_recorded(self, create, author):
        library = create("Incident", "Known pictures")

        entry = AuditEntry.objects.get()
        assert (library.name, library.description) == ("Incident", "Known pictures")
        assert (entry.action, entry.subject, entry.actor) == (
            "image_library.create",
            "Incident",
            author,
        )

    def test_the_eleventh_is_refused(self, create, account):
        ImageLibraryFactory.create_batch(10, account=account)

        with pytest.raises(errors.TooManyLibraries, match="10 libraries are the limit"):
            create("One more")

        assert account.image_libraries.count() == 10

    def test_libraries_of_other_accounts_do_not_count(self, create):
        ImageLibraryFactory.create_batch(10)

        assert create("First").pk

    def test_a_name_is_used_once(self, create, library):
        with pytest.raises(errors.LibraryNameTaken):
            create(library.name)


class TestChanging:
    def test_the_name_and_description_change(self, library, author):
        services.change_image_library(
            library=library, name="New", description="Other", author=author
        )

        library.refresh_from_db()
        assert (library.name, library.description) == ("New", "Other")
        assert AuditEntry.objects.get().details["name_before"] == "Blocked"

    def test_its_own_name_may_stay(self, library, author):
        services.change_image_library(
            library=library, name="Blocked", description="Other", author=author
        )

        library.refresh_from_db()
        assert library.description == "Other"

    def test_not_to_the_name_of_another(self, library, author, account):
        ImageLibraryFactory.create(account=account, name="Taken")

        with pytest.raises(errors.LibraryNameTaken):
            services.change_image_library(
                library=library, name="Taken", description="", author=author
            )


class TestDeleting:
    def test_it_goes_with_its_images_and_every_process_is_told(self, library, author):
        fill(library, 3)

        services.delete_image_library(library=library, author=author)

        assert not ImageLibrary.objects.exists()
        assert not LibraryImage.objects.exists()
        publication = Publication.objects.first()
        assert len(publication.details["image_ids"]) == 3
        assert AuditEntry.objects.get().details == {"library": library.pk, "images": 3}

    @pytest.mark.parametrize("use", ["label", "exemption"])
    def test_not_while_a_service_uses_it_which_is_named(self, library, author, account, use):
        service = ServiceFactory.create(account=account)
        if use == "label":
            LabelRule.objects.filter(service=service, label="violent_gun").update(
                image_library=library
            )
        else:
            Exemption.objects.create(service=service, image_library=library)
        fill(library)

        with pytest.raises(errors.LibraryInUse, match="baselineCheck_global") as refusal:
            services.delete_image_library(library=library, author=author)

        named = {"label": "violent_gun_lib", "exemption": "exemption"}[use]
        assert named in str(refusal.value)
        assert library.images.count() == 1

    def test_all_images_are_deleted_and_the_library_stays(self, library, author):
        fill(library, 3)

        assert services.empty_image_library(library=library, author=author) == 3

        assert ImageLibrary.objects.get() == library
        assert not library.images.exists()
        library.refresh_from_db()
        assert library.emptied_up_to is None

    def test_one_that_was_deleted_meanwhile(self, library, author):
        ImageLibrary.objects.all().delete()

        with pytest.raises(ImageLibrary.DoesNotExist):
            services.empty_image_library(library=library, author=author)


class TestEmptyingManyImages:
    @pytest.fixture(autouse=True)
    def small_batches(self, monkeypatch):
        monkeypatch.setattr(emptying, "BATCH", 3)

    def finish(self):
        for library in ImageLibrary.objects.all():
            while emptying.delete_some(library.pk):
                pass

    def test_they_are_left_to_the_worker_and_deleted_in_batches(self, library, author):
        images = fill(library, 7)
        published = Publication.objects.count()

        assert services.empty_image_library(library=library, author=author) == 7
        assert library.images.count() == 7
        self.finish()

        library.refresh_from_db()
        assert not library.images.exists()
        assert library.emptied_up_to is None
        announced = Publication.objects.order_by("number")[published:]
        ids = [pk for publication in announced for pk in publication.details["image_ids"]]
        assert ids == [image.pk for image in images]

    def test_images_that_are_added_meanwhile_stay(self, library, author):
        fill(library, 4)
        services.empty_image_library(library=library, author=author)
        later = fill(library, 2, seed=1)

        self.finish()

        assert list(library.images.order_by("pk")) == later

    def test_a_library_is_deleted_once_it_is_empty(self, library, author):
        fill(library, 7)

        assert not services.delete_image_library(library=library, author=author)
        self.finish()

        assert not ImageLibrary.objects.exists()

    def test_not_if_a_service_has_begun_to_use_it(self, library, author, account):
        fill(library, 7)
        services.delete_image_library(library=library, author=author)
        service = ServiceFactory.create(account=account)
        Exemption.objects.create(service=service, image_library=library)

        self.finish()

        library.refresh_from_db()
        assert not library.images.exists()
        assert not library.is_being_deleted

    def test_what_a_killed_worker_left_is_taken_up(self, library, author):
        fill(library, 7)
        services.empty_image_library(library=library, author=author)
        emptying.delete_some(library.pk)

        tasks.go_on_emptying()  # somebody is at it, as far as is known
        assert library.images.count() == 4
        ImageLibrary.objects.update(changed_at=timezone.now() - timedelta(minutes=1))
        tasks.go_on_emptying()

        assert not library.images.exists()

    def test_images_that_were_moved_away_just_now_stay(self, library, author, account, monkeypatch):
        images = fill(library, 3)
        services.empty_image_library(library=library, author=author)
        other = ImageLibraryFactory.create(account=account)
        delete = emptying._delete

        def move_first(library, batch):
            library.images.filter(pk=images[0].pk).update(library=other)
            delete(library, batch)

        monkeypatch.setattr(emptying, "_delete", move_first)
        self.finish()

        assert list(LibraryImage.objects.all()) == [images[0]]

    def test_emptying_twice_at_once_is_harmless(self, library, author):
        fill(library, 4)
        services.empty_image_library(library=library, author=author)
        self.finish()

        assert not emptying.delete_some(library.pk)
        assert not emptying.delete_some(999)


class TestFiles:
    def test_files_without_an_image_are_deleted_once_they_are_old(self, library, folder):
        kept, gone = add_shown(library, seed=1), add_shown(library, seed=2)
        LibraryImage.objects.filter(pk=gone.pk).delete()
        assert files.delete_stray_files(library.account_id) == 0  # an image may come any moment
        for path in folder.rglob("*.*"):
            os.utime(path, (time.time() - 3600,) * 2)

        assert files.delete_stray_files(library.account_id) == 2

        assert {path.name for path in folder.rglob("*.*")} == {
            Path(kept.thumbnail.name).name,
            Path(kept.preview.name).name,
        }

    def test_the_worker_looks_through_all_accounts(self, library, folder):
        gone = add_shown(library)
        LibraryImage.objects.filter(pk=gone.pk).delete()
        for path in folder.rglob("*.*"):
            os.utime(path, (time.time() - 3600,) * 2)

        tasks.delete_stray_files()

        assert list(folder.rglob("*.*")) == []

    def test_an_account_without_files_has_no_strays(self, account, folder):
        assert files.delete_stray_files(account.pk) == 0


class TestDeepMatch:
    def test_switching_it_has_every_process_read_the_library_anew(self, library, author):
        before = Publication.objects.newest_number()

        services.change_image_library(
            library=library, name=library.name, description="", author=author, deep_match=True
        )

        library.refresh_from_db()
        assert library.deep_match
        [publication] = Publication.objects.after(before)
        assert (publication.subject_id, publication.details) == (library.pk, {})

    def test_another_name_leaves_it_as_it_is_and_publishes_nothing(self, library, author):
        ImageLibrary.objects.filter(pk=library.pk).update(deep_match=True)
        before = Publication.objects.newest_number()

        services.change_image_library(library=library, name="Other", description="", author=author)

        library.refresh_from_db()
        assert (library.name, library.deep_match) == ("Other", True)
        assert Publication.objects.newest_number() == before
