"""The images of a library: looked through, added, moved and deleted."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from console.models import Account
from console.roles import Role
from libraries.models import ImageLibrary, LibraryImage
from libraries.views.images import PAGE_SIZE
from tests import pictures
from tests.factories import ImageLibraryFactory
from tests.html import faults
from tests.libraries.samples import add_shown, fill

HTMX = {"HX-Request": "true"}
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def manager(member_client):
    return member_client(Role.POLICY_MANAGER)


@pytest.fixture
def library(account):
    return ImageLibraryFactory.create(account=account, name="Blocked")


def url(name, *args):
    return reverse(f"libraries:{name}", args=args)


def shown_ids(response):
    return [image.pk for image in response.context["page"].rows]


class TestImages:
    def test_an_empty_library_says_what_to_do(self, manager, library):
        response = manager.get(url("image_library", library.pk))

        assertContains(response, "No image yet")
        assertContains(response, "No service uses it yet")

    @pytest.mark.parametrize("view", ["grid", "table"])
    def test_images_are_shown_newest_first(self, manager, library, view):
        images = [*fill(library, 2), add_shown(library, SCRIPT)]

        response = manager.get(url("image_library", library.pk), {"view": view})

        assert shown_ids(response) == [image.pk for image in reversed(images)]
        assertContains(response, url("library_image_thumbnail", images[-1].pk))
        assertContains(response, "Hash without a picture", count=2)
        assertNotContains(response, SCRIPT)
        assert faults(response.content.decode()) == []

    def test_it_is_found_by_its_id(self, manager, library):
        images = fill(library, 3)

        response = manager.get(url("image_library", library.pk), {"image_id": images[1].pk})

        assert shown_ids(response) == [images[1].pk]

    def test_images_are_found_by_the_time_of_the_account(self, manager, library, account):
        account.time_zone = "Asia/Shanghai"
        account.save()
        early, noon, late = fill(library, 3)
        for image, hour in ((early, 3), (noon, 4), (late, 6)):
            added_at = datetime(2026, 3, 1, hour, 0, 30, tzinfo=UTC)
            LibraryImage.objects.filter(pk=image.pk).update(added_at=added_at)
        times = {"added_from": "2026-03-01T12:00", "added_to": "2026-03-01T12:00"}

        response = manager.get(url("image_library", library.pk), times)

        assert shown_ids(response) == [noon.pk]
        assertContains(response, "2026-03-01 12:00:30" if "table" in times else "1 image")

    @pytest.mark.parametrize(
        "query",
        [{"image_id": "999999"}, {"image_id": "abc"}, {"added_from": "never"}, {"image_id": "-1"}],
    )
    def test_no_match_offers_to_clear_the_filters(self, manager, library, query):
        fill(library)

        response = manager.get(url("image_library", library.pk), query)

        assertContains(response, "No image matches")
        assertContains(response, "Clear filters")

    @pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
    @pytest.mark.parametrize("time", ["0001-01-01T00:00", "9999-12-31T23:59"])
    def test_at_the_ends_of_the_calendar_nothing_is_found(self, manager, library, zone, time):
        fill(library)
        Account.objects.update(time_zone=zone)

        for name in ("added_from", "added_to"):
            response = manager.get(url("image_library", library.pk), {name: time})

            assertContains(response, "No image matches")

    @pytest.mark.parametrize(
        "query", [{"before": "9" * 30}, {"after": "x"}, {"view": "cube"}, {"before": "0"}]
    )
    def test_a_place_that_cannot_be_shows_the_newest(self, manager, library, query):
        [image] = fill(library)

        assert shown_ids(manager.get(url("image_library", library.pk), query)) == [image.pk]

    def test_pages_follow_one_another(self, manager, library):
        ids = [image.pk for image in reversed(fill(library, PAGE_SIZE + 1))]

        first = manager.get(url("image_library", library.pk))
        second = manager.get(url("image_library", library.pk), {"before": ids[PAGE_SIZE - 1]})

        assert shown_ids(first) == ids[:PAGE_SIZE]
        assert shown_ids(second) == ids[PAGE_SIZE:]

    def test_htmx_gets_the_images_alone(self, manager, library):
        fill(library)

        response = manager.get(
            url("image_library", library.pk), headers=HTMX | {"HX-Target": "images"}
        )

        assertNotContains(response, "<html")
        assert faults(response.content.decode(), is_fragment=True) == []

    def test_the_number_of_queries_does_not_grow(
        self, manager, library, django_assert_max_num_queries
    ):
        fill(library, 30)

        with django_assert_max_num_queries(16):
            manager.get(url("image_library", library.pk), {"view": "table"})

    def test_a_viewer_can_neither_select_nor_add(self, member_client, library):
        fill(library)

        response = member_client(Role.VIEWER).get(url("image_library", library.pk))

        assertNotContains(response, 'type="checkbox"')
        assertNotContains(response, url("image_add", library.pk))

    def test_a_moderator_can_add_but_not_select(self, member_client, library):
        fill(library)

        response = member_client(Role.MODERATOR).get(url("image_library", library.pk))

        assertContains(response, url("image_add", library.pk))
        assertNotContains(response, 'type="checkbox"')

    def test_how_far_the_last_change_has_come_is_shown(self, manager, library):
        fill(library)

        response = manager.get(url("image_library_publication", library.pk))

        assertContains(response, 'id="publication"')


class TestAdd:
    def post(self, client, library, *contents, headers=None):
        files = [SimpleUploadedFile("photo.jpg", content) for content in contents]
        return client.post(url("image_add", library.pk), {"image": files}, headers=headers or {})

    def test_a_moderator_adds_an_image_and_gets_its_row(self, member_client, library):
        response = self.post(
            member_client(Role.MODERATOR), library, pictures.rocket(), headers=HTMX
        )

        image = library.images.get()
        assertContains(response, f"image {image.pk}")
        assertContains(response, reverse("results:would_hit", args=[image.pk]))
        assertNotContains(response, "<html")

    def test_a_library_that_is_being_deleted_is_not_found(self, manager, library):
        ImageLibrary.objects.update(emptied_up_to=1, is_being_deleted=True)

        assert self.post(manager, library, pictures.rocket(), headers=HTMX).status_code == 404
        assert not library.images.exists()

    def test_a_duplicate_is_linked(self, manager, library):
        self.post(manager, library, pictures.rocket())
        first = library.images.get()

        response = self.post(manager, library, pictures.rocket(), headers=HTMX)

        assertContains(response, url("library_image", library.pk, first.pk), status_code=422)
        assertContains(response, "Not added: the same picture", status_code=422)

    def test_without_scripts_several_files_come_at_once_and_the_rest_is_kept(
        self, manager, library
    ):
        response = self.post(manager, library, pictures.rocket(), b"hello", pictures.cat())

        assert library.images.count() == 2
        assertContains(response, "not an image that can be read")
        assert faults(response.content.decode()) == []

    def test_a_full_account_says_so(self, manager, library, settings):
        settings.MAX_LIBRARY_IMAGES = 1
        fill(library)

        dialog = manager.get(url("image_add", library.pk))
        response = self.post(manager, library, pictures.rocket(), headers=HTMX)

        assertContains(dialog, "1 images are the limit")
        assertContains(response, "1 images are the limit", status_code=422)

    def test_at_most_ten_files_are_taken(self, manager, library):
        response = self.post(manager, library, *[b"hello"] * 12)

        assertContains(response, "not an image that can be read", count=10, status_code=422)
        assertContains(response, "add this one next", count=2, status_code=422)


class TestBulk:
    def test_selected_images_are_deleted(self, manager, library):
        kept, *deleted = fill(library, 3)

        response = manager.post(
            url("image_delete", library.pk),
            {"image": [image.pk for image in deleted]},
            headers=HTMX,
        )

        assert list(library.images.all()) == [kept]
        trigger = json.loads(response["HX-Trigger"])
        assert trigger["toast"]["text"] == "2 images deleted."
        assert "images-changed" in trigger

    @pytest.mark.parametrize("ids", [[], ["x"], ["-1"], ["9" * 40], ["\uff11"]])
    def test_what_is_no_id_deletes_nothing(self, manager, library, ids):
        fill(library)

        response = manager.post(url("image_delete", library.pk), {"image": ids})

        assertRedirects(response, url("image_library", library.pk))
        assert library.images.count() == 1

    def test_images_of_another_account_stay(self, manager, library):
        foreign = ImageLibraryFactory.create()
        [image] = fill(foreign)

        manager.post(url("image_delete", library.pk), {"image": [image.pk]})

        assert foreign.images.count() == 1

    def test_selected_images_are_moved(self, manager, library, account):
        target = ImageLibraryFactory.create(account=account, name="Target")
        [image] = fill(library)

        manager.post(
            url("image_move", library.pk), {"image": [image.pk], "target": target.pk}, headers=HTMX
        )

        assert list(target.images.all()) == [image]

    @pytest.mark.parametrize("target", ["own", "foreign", "emptied", "none", "unknown"])
    def test_not_to_where_they_cannot_go(self, manager, library, target):
        [image] = fill(library)
        foreign = ImageLibraryFactory.create()
        emptied = ImageLibraryFactory.create(account=library.account, emptied_up_to=10**6)
        targets = {
            "own": library.pk,
            "foreign": foreign.pk,
            "emptied": emptied.pk,
            "none": "",
            "unknown": "x",
        }

        response = manager.post(
            url("image_move", library.pk),
            {"image": [image.pk], "target": targets[target]},
            headers=HTMX,
        )

        assert response.status_code == 422
        assert json.loads(response["HX-Trigger"])["toast"]["kind"] == "error"
        assert list(library.images.all()) == [image]

    @pytest.mark.parametrize("name", ["image_delete", "image_move"])
    def test_moderators_do_neither(self, member_client, library, name):
        assert member_client(Role.MODERATOR).post(url(name, library.pk)).status_code == 403


class TestOneImage:
    def test_all_that_is_known_is_shown(self, manager, library):
        image = add_shown(library, SCRIPT)

        response = manager.get(url("library_image", library.pk, image.pk))

        assertContains(response, image.pdq_hex)
        assertContains(response, "640 \u00d7 427 \u00b7 JPEG")
        assertNotContains(response, SCRIPT)
        assert faults(response.content.decode()) == []

    def test_a_hash_without_a_picture_says_so(self, manager, library):
        [image] = fill(library)

        response = manager.get(url("library_image", library.pk, image.pk))

        assertContains(response, "Only the hash was imported")
        assert manager.get(url("library_image_thumbnail", image.pk)).status_code == 404

    def test_a_link_of_before_it_was_moved_leads_to_it(self, manager, library, account):
        [image] = fill(library)
        other = ImageLibraryFactory.create(account=account)

        response = manager.get(url("library_image", other.pk, image.pk))

        assertRedirects(response, url("library_image", library.pk, image.pk))

    @pytest.mark.parametrize(
        ("name", "content_type"),
        [("library_image_thumbnail", "image/webp"), ("library_image_preview", "image/jpeg")],
    )
    def test_its_pictures_are_sent_so_that_they_can_only_be_shown(
        self, manager, library, name, content_type
    ):
        response = manager.get(url(name, add_shown(library).pk))

        assert response.getvalue()
        assert response["Content-Type"] == content_type
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]

    def test_a_drawing_is_said_to_be_one(self, manager, library):
        logo = pictures.png(pictures.draw_text("LOGO", "of a brand", size=(512, 256)))
        post = {"image": [SimpleUploadedFile("logo.png", logo)]}
        manager.post(url("image_add", library.pk), post)
        image = library.images.get()

        response = manager.get(url("library_image", library.pk, image.pk))

        assertContains(response, "only close copies are recognised")

    def test_a_lost_file_is_not_found(self, manager, library):
        image = add_shown(library)
        image.thumbnail.storage.delete(image.thumbnail.name)

        assert manager.get(url("library_image_thumbnail", image.pk)).status_code == 404


class TestForeign:
    @pytest.mark.parametrize(
        "name",
        [
            "image_library",
            "image_library_publication",
            "image_library_edit",
            "image_library_empty",
            "image_library_delete",
            "image_add",
        ],
    )
    def test_a_library_of_another_account_does_not_exist(self, manager, name):
        assert manager.get(url(name, ImageLibraryFactory.create().pk)).status_code == 404

    @pytest.mark.parametrize("name", ["image_delete", "image_move", "image_add"])
    def test_it_cannot_be_changed_either(self, manager, name):
        foreign = ImageLibraryFactory.create()
        [image] = fill(foreign)

        assert manager.post(url(name, foreign.pk), {"image": [image.pk]}).status_code == 404
        assert foreign.images.count() == 1

    def test_neither_do_its_images(self, manager, library):
        image = add_shown(ImageLibraryFactory.create())

        for address in (
            url("library_image", library.pk, image.pk),
            url("library_image_thumbnail", image.pk),
            url("library_image_preview", image.pk),
            reverse("results:would_hit", args=[image.pk]),
        ):
            assert manager.get(address).status_code == 404
