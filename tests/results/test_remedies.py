"""What is done about a wrong result: library, exemption, import, another test."""

import hashlib

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from console.models import AuditEntry
from console.roles import Role
from libraries.errors import DuplicateImage, ImageTooPlain
from libraries.models import ImportJob, ImportRow, LibraryImage
from libraries.samples import sample_of_picture
from moderation.image import ImageLimits, load_image
from moderation.renditions import render
from results import remedies
from results.errors import PictureGone
from results.models import DetectionResult, Feedback
from rules.errors import ConflictingLibrary
from rules.live import policy_of
from rules.models import Exemption, LabelRule
from tests import pictures
from tests.factories import (
    DetectionResultFactory,
    FeedbackFactory,
    ImageLibraryFactory,
    MemberFactory,
    ServiceFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_found_hits")]


@pytest.fixture
def service(account):
    return ServiceFactory.create(account=account)


@pytest.fixture
def library(account):
    return ImageLibraryFactory.create(account=account, name="Ours")


@pytest.fixture
def manager(account):
    return MemberFactory.create(account=account, role=Role.POLICY_MANAGER)


@pytest.fixture
def moderator(account):
    return MemberFactory.create(account=account, role=Role.MODERATOR)


def result_of(account, content=None, **fields):
    """Store the result of a picture as moderate() does, without its networks' verdict."""
    content = content or pictures.rocket()
    image = load_image(content, ImageLimits())
    renditions = render(image)
    values = {
        "fingerprint": sample_of_picture(pictures.rocket(), "").fingerprint.to_bytes(),
        "sha256": image.sha256,
        "width": image.width,
        "height": image.height,
        "thumbnail": ContentFile(renditions.thumbnail, "thumbnail.webp"),
        "preview": ContentFile(renditions.preview, "preview.jpg"),
    }
    return DetectionResultFactory.create(account=account, **values | fields)


def matched_ids(account, result, library):
    image = LibraryImage(fingerprint=result.fingerprint)
    matches = policy_of(account.pk).images.match(image.hashes, frozenset([library.pk]))
    return [match.image_id for match in matches]


class TestAddToLibrary:
    def test_the_preview_is_kept_with_the_fingerprint_of_the_picture(
        self, account, library, moderator
    ):
        result = result_of(account, picture_name="https://example.com/a/rocket.jpg?w=9")

        image = remedies.add_to_library(result=result, library=library, author=moderator)

        image.refresh_from_db()
        assert bytes(image.fingerprint) == bytes(result.fingerprint)
        assert image.digest == hashlib.sha256(pictures.rocket()).hexdigest()
        assert (image.name, image.width) == ("rocket.jpg", result.width)
        assert default_storage.exists(image.preview.name)
        assert matched_ids(account, result, library) == [image.pk]
        assert AuditEntry.objects.get().action == "image_library.add_image"

    def test_the_same_picture_is_added_once(self, account, library, moderator):
        result = result_of(account)
        remedies.add_to_library(result=result, library=library, author=moderator)

        with pytest.raises(DuplicateImage):
            remedies.add_to_library(result=result, library=library, author=moderator)

    def test_a_picture_that_is_gone_is_said_to_be(self, account, library, moderator):
        result = result_of(account)
        default_storage.delete(result.preview.name)

        with pytest.raises(PictureGone):
            remedies.add_to_library(result=result, library=library, author=moderator)

    def test_a_plain_picture_is_refused(self, account, library, moderator):
        result = result_of(account, pictures.blank(), fingerprint=b"")

        with pytest.raises(ImageTooPlain):
            remedies.add_to_library(result=result, library=library, author=moderator)

    def test_the_result_itself_does_not_hold_it_but_another_picture_does(
        self, account, service, library, moderator
    ):
        LabelRule.objects.filter(service=service, label="violent_gun").update(image_library=library)
        result = result_of(account)
        live = remedies.add_to_library(result=result, library=library, author=moderator)
        live.delete()
        cache.clear()
        result_of(account, sha256="1" * 64)

        held = remedies.add_to_library(result=result, library=library, author=moderator)

        assert (live.is_held, held.is_held) == (False, True)

    @pytest.mark.parametrize(
        ("role", "state"),
        [(Role.MODERATOR, "open"), (Role.POLICY_MANAGER, "added_to_library")],
    )
    def test_open_feedback_is_resolved_by_who_may(self, account, library, role, state):
        result = result_of(account)
        FeedbackFactory(account=account, result=result)
        author = MemberFactory.create(account=account, role=role)

        remedies.add_to_library(result=result, library=library, author=author)

        assert Feedback.objects.get().state == state


class TestExemptImage:
    def test_the_library_becomes_an_exemption_beside_the_others(
        self, account, service, library, manager
    ):
        other = ImageLibraryFactory.create(account=account)
        Exemption.objects.create(service=service, image_library=other)
        result = result_of(account)

        image, version = remedies.exempt_image(
            result=result, service=service, library=library, author=manager
        )

        assert version.ruleset.exempt_library_ids == {other.pk, library.pk}
        assert (version.author, version.comment) == (manager, result.request_id)
        assert not LibraryImage.objects.get(pk=image.pk).is_held
        assert matched_ids(account, result, library) == [image.pk]

    def test_an_exemption_takes_one_more_image_without_a_version(
        self, account, service, library, manager
    ):
        Exemption.objects.create(service=service, image_library=library)

        image, version = remedies.exempt_image(
            result=result_of(account), service=service, library=library, author=manager
        )

        assert version is None
        assert image.library == library

    def test_an_image_that_is_there_already_needs_only_the_rule(
        self, account, service, library, manager
    ):
        result = result_of(account)
        there = remedies.add_to_library(result=result, library=library, author=manager)

        image, version = remedies.exempt_image(
            result=result, service=service, library=library, author=manager
        )

        assert (image, version.number) == (there, 2)

    def test_a_library_that_sets_a_label_stays_as_it_is(self, account, service, library, manager):
        service.label_rules.filter(label="violent_gun").update(image_library=library)

        with pytest.raises(ConflictingLibrary):
            remedies.exempt_image(
                result=result_of(account), service=service, library=library, author=manager
            )

        assert not LibraryImage.objects.exists()

    def test_if_the_image_is_refused_the_rules_stay(self, account, service, library, manager):
        result = result_of(account)
        elsewhere = ImageLibraryFactory.create(account=account)
        remedies.add_to_library(result=result, library=elsewhere, author=manager)

        with pytest.raises(DuplicateImage):
            remedies.exempt_image(result=result, service=service, library=library, author=manager)

        assert not Exemption.objects.exists()
        service.refresh_from_db()
        assert service.version == 1


class TestImportIntoLibrary:
    def test_what_is_kept_of_each_picture_is_imported(self, account, library, moderator):
        gone, kept = result_of(account, picture_name="gone.jpg"), result_of(account)
        default_storage.delete(gone.preview.name)

        job = remedies.import_into_library(results=[gone, kept], library=library, author=moderator)

        assert job.kind == ImportJob.Kind.FILES
        assert [row.name for row in ImportRow.objects.filter(job=job)] == [kept.picture_name]

    def test_nothing_is_imported_of_pictures_that_are_gone(self, account, library, moderator):
        result = result_of(account)
        default_storage.delete(result.preview.name)

        with pytest.raises(PictureGone):
            remedies.import_into_library(results=[result], library=library, author=moderator)

        assert not ImportJob.objects.exists()


class TestTestAgain:
    def test_the_live_rules_judge_the_original(self, account, service):
        content = pictures.png(pictures.draw_text("cocaine for sale"))
        result = result_of(account, content, original=ContentFile(content, "original"), data_id="7")

        again = remedies.moderate_again(result=result, service=service)

        assert DetectionResult.objects.count() == 2
        assert (again.source, again.data_id, again.sha256) == ("test", "7", result.sha256)
        assert "contraband_drug_tii" in {label["label"] for label in again.labels}
