"""Images that are held after their check, until somebody has them go live."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from console.models import AuditEntry, Publication
from console.roles import Role
from libraries.import_progress import exported_lines
from libraries.models import ImageLibrary, LibraryImage
from libraries.samples import sample_of_picture
from libraries.services import images as services
from rules.live import policy_of
from rules.loading import entries_of_ids, entries_of_libraries
from rules.models import Exemption, LabelRule
from tests import pictures
from tests.factories import (
    DetectionResultFactory,
    ImageLibraryFactory,
    MemberFactory,
    ServiceFactory,
)
from tests.libraries.samples import add_shown, fill

pytestmark = pytest.mark.usefixtures("no_found_hits")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def service(account):
    return ServiceFactory.create(account=account)


@pytest.fixture
def library(account, service):
    """A library that sets a label."""
    library = ImageLibraryFactory.create(account=account, name="Blocked")
    block(service, library)
    return library


@pytest.fixture
def author(account):
    return MemberFactory.create(account=account)


@pytest.fixture
def held(library):
    [image] = fill(library)
    return hold(image)


def block(service, library):
    LabelRule.objects.filter(service=service, label="violent_gun").update(image_library=library)


def hold(image: LibraryImage) -> LibraryImage:
    image.is_held = True
    image.save()
    return image


def store_hit(account):
    """Store a result of the picture that is going to be uploaded."""
    fingerprint = sample_of_picture(pictures.rocket(), "").fingerprint
    return DetectionResultFactory.create(account=account, fingerprint=fingerprint.to_bytes())


def upload(library: ImageLibrary, author) -> LibraryImage:
    file = SimpleUploadedFile("rocket.jpg", pictures.rocket())
    image = services.add_upload(library=library, file=file, author=author).image
    assert image is not None
    assert LibraryImage.objects.get(pk=image.pk).is_held == image.is_held
    return image


def url(name, *args):
    return reverse(f"libraries:{name}", args=args)


def matched_ids(account, image):
    matches = policy_of(account.pk).images.match(image.hashes, frozenset([image.library_id]))
    return [match.image_id for match in matches]


class TestCheck:
    def test_an_image_that_would_have_hit_results_is_held_and_matches_nothing(
        self, account, library, author
    ):
        store_hit(account)

        image = upload(library, author)

        assert image.is_held
        assert not Publication.objects.filter(topic="images").exists()
        assert matched_ids(account, image) == []
        entry = AuditEntry.objects.get(action="image_library.add_image")
        assert entry.details == {"library": library.pk, "image": image.pk, "held": True}

    @pytest.mark.parametrize("is_exempt", [False, True], ids=["blocked", "exempt"])
    def test_an_image_that_conflicts_with_an_exemption_is_held(
        self, account, service, author, is_exempt
    ):
        one, other = ImageLibraryFactory.create_batch(2, account=account)
        mirrored = pictures.photo("rocket").transpose(pictures.Image.Transpose.FLIP_LEFT_RIGHT)
        content = pictures.jpeg(mirrored)  # no duplicate
        services.add_image(library=other, content=content, name="", author=author)
        exempt, blocked = (one, other) if is_exempt else (other, one)
        Exemption.objects.create(service=service, image_library=exempt)
        block(service, blocked)

        assert upload(one, author).is_held

    def test_without_findings_it_goes_live_at_once(self, account, library, author):
        image = upload(library, author)

        assert not image.is_held
        assert matched_ids(account, image) == [image.pk]
        [publication] = Publication.objects.filter(topic="images")
        assert publication.details == {"image_ids": [image.pk]}

    def test_in_a_library_that_no_service_uses_it_goes_live_at_once(self, account, author):
        store_hit(account)

        assert not upload(ImageLibraryFactory.create(account=account), author).is_held

    def test_results_of_other_accounts_do_not_hold_it(self, library, author):
        store_hit(ImageLibraryFactory.create().account)

        assert not upload(library, author).is_held


class TestHeld:
    def test_it_is_not_loaded_and_not_exported(self, account, library, held):
        [live] = fill(library, seed=1)

        loaded = entries_of_libraries(account.pk)
        changed = entries_of_ids(account.pk, [live.pk, held.pk])

        assert [entry.image_id for entry in loaded] == [live.pk]
        assert [entry.image_id for entry in changed] == [live.pk]
        exported = "".join(exported_lines(library))
        assert live.pdq_hex in exported
        assert held.pdq_hex not in exported

    def test_it_stays_held_when_it_is_moved(self, account, library, author, held):
        target = ImageLibraryFactory.create(account=account)

        services.move_images(library=library, target=target, image_ids=[held.pk], author=author)

        held.refresh_from_db()
        assert held.is_held
        assert matched_ids(account, held) == []

    def test_the_same_picture_is_a_duplicate_of_it(self, account, library, author):
        store_hit(account)
        image = upload(library, author)

        file = SimpleUploadedFile("rocket.jpg", pictures.rocket())
        assert services.add_upload(library=library, file=file, author=author).same == image

    def test_it_is_deleted_with_others(self, library, author, held):
        ids = [held.pk, fill(library, seed=1)[0].pk]

        assert services.delete_images(library=library, image_ids=ids, author=author) == 2


class TestDeciding:
    def test_the_row_shows_what_was_found_and_both_buttons(self, account, library, member_client):
        store_hit(account)
        file = SimpleUploadedFile("rocket.jpg", pictures.rocket())

        response = member_client(Role.POLICY_MANAGER).post(
            url("image_add", library.pk), {"image": file}, headers=HTMX
        )

        image = library.images.get()
        assertContains(response, "held: not live")
        assertContains(response, reverse("results:would_hit", args=[image.pk]))
        assertContains(response, url("image_go_live", library.pk, image.pk))
        assertContains(response, url("image_discard", library.pk, image.pk))

    def test_a_moderator_adds_it_and_is_told_who_decides(self, account, library, member_client):
        store_hit(account)
        client = member_client(Role.MODERATOR)
        file = SimpleUploadedFile("rocket.jpg", pictures.rocket())

        response = client.post(url("image_add", library.pk), {"image": file}, headers=HTMX)

        image = library.images.get()
        assertContains(response, "A policy manager decides")
        for name in ("image_go_live", "image_discard"):
            assertNotContains(response, url(name, library.pk, image.pk))
            assert client.post(url(name, library.pk, image.pk)).status_code == 403
        assert library.images.held().exists()

    def test_it_goes_live_once(self, account, library, member_client, held):
        client = member_client(Role.POLICY_MANAGER)
        address = url("image_go_live", library.pk, held.pk)
        before = Publication.objects.count()

        response = client.post(address, headers=HTMX)
        client.post(address, headers=HTMX)

        assertContains(response, f"Image {held.pk} goes live.")
        assert "images-changed" in response.headers["HX-Trigger"]
        assert matched_ids(account, held) == [held.pk]
        assert Publication.objects.count() == before + 1
        assert AuditEntry.objects.get(action="image_library.go_live").details == {
            "library": library.pk,
            "images": [held.pk],
        }

    def test_it_is_discarded(self, library, member_client, held):
        response = member_client(Role.POLICY_MANAGER).post(
            url("image_discard", library.pk, held.pk)
        )

        assertRedirects(response, url("image_library", library.pk))
        assert not library.images.exists()
        assert AuditEntry.objects.get().details["images"] == [held.pk]

    def test_what_has_gone_live_meanwhile_is_not_discarded(self, library, member_client):
        [live] = fill(library)

        address = url("image_discard", library.pk, live.pk)

        assert member_client(Role.POLICY_MANAGER).post(address).status_code == 404
        assert library.images.exists()

    def test_what_goes_live_while_it_is_discarded_stays(self, library, author, held):
        services.go_live(image=LibraryImage.objects.get(pk=held.pk), author=author)

        with pytest.raises(LibraryImage.DoesNotExist):
            services.discard_image(image=held, author=author)

        assert library.images.live().exists()

    @pytest.mark.parametrize("name", ["image_go_live", "image_discard"])
    def test_an_image_of_another_account_does_not_exist(self, member_client, name):
        foreign = hold(fill(ImageLibraryFactory.create())[0])

        address = url(name, foreign.library_id, foreign.pk)

        assert member_client(Role.POLICY_MANAGER).post(address).status_code == 404
        assert LibraryImage.objects.held().get() == foreign


class TestPages:
    @pytest.mark.parametrize("view", ["grid", "table"])
    def test_a_held_image_is_marked_and_counted(self, library, member_client, view):
        hold(add_shown(library))
        client = member_client(Role.VIEWER)
        fill(library)

        response = client.get(url("image_library", library.pk), {"view": view})

        assertContains(response, "1 image is held")
        assertContains(response, "held: not live", count=1)

    def test_held_images_are_listed_alone(self, library, member_client, held):
        fill(library, seed=1)

        response = member_client().get(url("image_library", library.pk), {"held": "1"})

        assert [image.pk for image in response.context["page"].rows] == [held.pk]

    def test_nothing_is_said_of_held_images_if_there_are_none(self, library, member_client):
        fill(library)

        assertNotContains(member_client().get(url("image_library", library.pk)), "held:")

    def test_the_page_of_the_image_has_both_buttons(self, library, member_client, held):
        page = url("library_image", library.pk, held.pk)

        response = member_client(Role.POLICY_MANAGER).get(page)

        assertContains(response, "held: not live")
        assertContains(response, url("image_go_live", library.pk, held.pk))
        assertContains(response, "Discard")
        assertContains(member_client(Role.MODERATOR).get(page), "A policy manager decides")
