"""The list of image libraries, and creating, changing, emptying and deleting one."""

from __future__ import annotations

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from console.roles import Role
from libraries import emptying
from libraries.models import ImageLibrary
from rules.models import Exemption, LabelRule
from tests.factories import ImageLibraryFactory, ServiceFactory
from tests.libraries.samples import fill

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


class TestList:
    def test_without_libraries_it_says_what_to_do(self, manager):
        response = manager.get(url("image_library_list"))

        assertContains(response, "Create your first library")
        assertContains(response, "Create image library")

    def test_it_counts_and_names_where_each_is_used(self, account, manager, library):
        service = ServiceFactory.create(account=account)
        LabelRule.objects.filter(service=service, label="violent_gun").update(image_library=library)
        Exemption.objects.create(service=service, image_library=library)
        fill(library, 2)

        response = manager.get(url("image_library_list"))

        assertContains(response, "1 of 10 libraries")
        assertContains(response, "2 of 100,000 images")
        assertContains(response, "violent_gun_lib")
        assertContains(response, "exemption")

    def test_another_account_is_not_seen(self, manager):
        ImageLibraryFactory.create(name="Foreign")

        assertNotContains(manager.get(url("image_library_list")), "Foreign")

    def test_create_is_off_with_the_reason_when_there_are_enough(self, account, manager, settings):
        settings.MAX_IMAGE_LIBRARIES = 2
        ImageLibraryFactory.create_batch(2, account=account)

        response = manager.get(url("image_library_list"))

        assertContains(response, "2 libraries are the limit. Delete one")
        assertNotContains(response, url("image_library_create"))

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.MODERATOR])
    def test_who_may_not_change_libraries_sees_no_such_buttons(self, member_client, library, role):
        response = member_client(role).get(url("image_library_list"))

        assertContains(response, "Image detail")
        assertNotContains(response, url("image_library_edit", library.pk))
        assertNotContains(response, url("image_library_delete", library.pk))

    def test_the_number_of_queries_does_not_grow(
        self, account, manager, django_assert_max_num_queries
    ):
        service = ServiceFactory.create(account=account)
        for library in ImageLibraryFactory.create_batch(9, account=account):
            fill(library, 2, seed=library.pk)
            Exemption.objects.create(service=service, image_library=library)

        with django_assert_max_num_queries(12):
            manager.get(url("image_library_list"))

    def test_a_script_in_a_name_is_text(self, account, manager):
        library = ImageLibraryFactory.create(account=account, name=SCRIPT, description=SCRIPT)

        for page in (url("image_library_list"), url("image_library", library.pk)):
            response = manager.get(page)
            assertNotContains(response, SCRIPT)
            assertContains(response, "&lt;script&gt;alert(1)&lt;/script&gt;")


class TestCreate:
    def test_a_library_is_created_and_shown(self, manager, account):
        response = manager.post(
            url("image_library_create"), {"name": "Incident", "description": "Known"}
        )

        library = account.image_libraries.get()
        assertRedirects(response, url("image_library", library.pk))
        assert (library.name, library.description) == ("Incident", "Known")

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("", "required"),
            (" ", "required"),
            ("x" * 65, "at most 64"),
            ("a\u202eb", "cannot be seen"),
            ("Blocked", "There is a library “Blocked” already."),
        ],
    )
    def test_a_name_that_cannot_be_is_refused_beside_the_field(
        self, manager, library, name, message
    ):
        response = manager.post(url("image_library_create"), {"name": name}, headers=HTMX)

        assertContains(response, message, status_code=422)
        assert ImageLibrary.objects.count() == 1

    def test_the_eleventh_is_refused(self, manager, account):
        ImageLibraryFactory.create_batch(10, account=account)

        response = manager.post(url("image_library_create"), {"name": "One more"})

        assertContains(response, "10 libraries are the limit", status_code=422)
        assert account.image_libraries.count() == 10


class TestEdit:
    def test_the_form_starts_with_what_is_stored(self, manager, library):
        assertContains(manager.get(url("image_library_edit", library.pk)), 'value="Blocked"')

    def test_it_is_saved(self, manager, library):
        response = manager.post(
            url("image_library_edit", library.pk), {"name": "New", "description": ""}, headers=HTMX
        )

        library.refresh_from_db()
        assert library.name == "New"
        assert response["HX-Redirect"] == url("image_library", library.pk)

    def test_deep_match_is_switched_on_and_shown(self, manager, library):
        values = {"name": "Blocked", "description": "", "deep_match": "on"}

        manager.post(url("image_library_edit", library.pk), values)

        library.refresh_from_db()
        assert library.deep_match
        assertContains(manager.get(url("image_library", library.pk)), "Deep match")


class TestDelete:
    def test_the_name_has_to_be_typed(self, manager, library):
        response = manager.post(url("image_library_delete", library.pk), {"name": "blocked"})

        assertContains(response, "This is not the name of the library.", status_code=422)
        assert ImageLibrary.objects.exists()

    def test_it_is_deleted(self, manager, library):
        response = manager.post(url("image_library_delete", library.pk), {"name": "Blocked"})

        assertRedirects(response, url("image_library_list"))
        assert not ImageLibrary.objects.exists()

    def test_while_it_is_used_the_dialog_says_where_and_offers_nothing(
        self, manager, library, account
    ):
        service = ServiceFactory.create(account=account)
        Exemption.objects.create(service=service, image_library=library)

        response = manager.get(url("image_library_delete", library.pk))
        refused = manager.post(url("image_library_delete", library.pk), {"name": "Blocked"})

        assertContains(response, "baselineCheck_global")
        assertNotContains(response, "Delete library</button>")
        assert refused.status_code == 422
        assert ImageLibrary.objects.exists()

    def test_all_images_are_deleted_at_once(self, manager, library):
        fill(library, 3)

        manager.post(url("image_library_empty", library.pk), {"name": "Blocked"})

        assert not library.images.exists()
        assert ImageLibrary.objects.exists()


class TestEmptying:
    @pytest.fixture
    def emptied(self, library):
        fill(library, 2)
        emptying.start(library, delete=False)
        return library

    def test_the_pages_say_that_it_goes_on(self, manager, emptied):
        assertContains(manager.get(url("image_library_list")), "being emptied")
        assertContains(manager.get(url("image_library", emptied.pk)), "Deleting all images: 2 left")

    def test_the_list_is_shown_anew_at_the_end(self, manager, emptied):
        emptying.delete_some(emptied.pk)

        response = manager.get(
            url("image_library_publication", emptied.pk) + "?emptying", headers=HTMX
        )

        assert response["HX-Trigger"] == "images-changed"

    def test_who_watches_a_library_go_is_led_to_the_list(self, manager, library):
        address = url("image_library_publication", library.pk)
        library.delete()

        response = manager.get(address, headers=HTMX)

        assert response["HX-Redirect"] == url("image_library_list")
