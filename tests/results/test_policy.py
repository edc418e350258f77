"""From rows of rules and libraries to verdicts, with the real engine and real pictures."""

import uuid
from unittest.mock import patch

import pytest

from libraries.services.image_libraries import change_image_library
from libraries.services.images import add_image, delete_images, move_images
from results import engine
from results.models import DetectionResult
from results.services import Submission, moderate
from rules.changes import CustomLibraryChange
from rules.live import policies, policy_of
from rules.services import save_custom_libraries, save_exemptions
from tests import pictures
from tests.factories import ImageLibraryFactory, MemberFactory, ServiceFactory

pytestmark = pytest.mark.django_db
LABEL = "inappropriate_smoking"


@pytest.fixture
def service():
    return ServiceFactory.create()


@pytest.fixture
def author(service):
    return MemberFactory.create(account=service.account)


@pytest.fixture
def library(service):
    return ImageLibraryFactory.create(account=service.account, name="Known pictures")


@pytest.fixture
def linked(service, author, library):
    """A service that sets a label by the library, which holds the astronaut."""
    add_image(library=library, content=photo("astronaut"), name="a.jpg", author=author)
    chosen = CustomLibraryChange(label=LABEL, image_library_id=library.pk)
    save_custom_libraries(service=service, changes=[chosen], based_on=1, author=author)
    return service


def photo(name, edit=lambda image: image):
    return pictures.jpeg(edit(pictures.photo(name)), 70)


def result_of(service, content):
    source = DetectionResult.Source.API
    submission = Submission(request_id=str(uuid.uuid4()).upper(), source=source, content=content)
    return moderate(service=service, submission=submission)


def labels(result):
    return [label["label"] for label in result.labels]


class TestLinkedLibrary:
    def test_a_copy_of_an_image_sets_the_label_with_its_similarity(self, linked, library):
        result = result_of(linked, photo("astronaut", lambda image: image.resize((300, 300))))

        assert result.risk_level == "high"
        found = next(label for label in result.labels if label["label"] == f"{LABEL}_lib")
        assert 80 <= found["confidence"] <= 100
        [match] = result.findings["findings"]["image_matches"]
        assert match["library_id"] == library.pk
        assert result.policy_number > 0
        assert result.ruleset_version == 2

    def test_other_pictures_do_not(self, linked):
        assert f"{LABEL}_lib" not in labels(result_of(linked, photo("coffee")))

    def test_other_services_do_not_use_the_library(self, linked):
        other = linked.account.services.get(code="baselineCheck")

        assert f"{LABEL}_lib" not in labels(result_of(other, photo("astronaut")))

    def test_an_image_that_was_deleted_sets_it_no_more(self, linked, library, author):
        [image_id] = library.images.values_list("pk", flat=True)

        before = labels(result_of(linked, photo("astronaut")))
        delete_images(library=library, image_ids=[image_id], author=author)

        assert f"{LABEL}_lib" in before
        assert f"{LABEL}_lib" not in labels(result_of(linked, photo("astronaut")))

    def test_an_image_that_was_moved_sets_what_its_new_library_sets(self, linked, library, author):
        target = ImageLibraryFactory.create(account=linked.account)
        [image_id] = library.images.values_list("pk", flat=True)

        move_images(library=library, target=target, image_ids=[image_id], author=author)

        assert f"{LABEL}_lib" not in labels(result_of(linked, photo("astronaut")))


class TestChangeDuringACall:
    def test_a_call_sees_one_version_from_beginning_to_end_and_stores_which(
        self, linked, library, author
    ):
        before = policy_of(linked.account_id).number
        moderator = engine.moderator()

        def unlinked_and_emptied():
            chosen = CustomLibraryChange(label=LABEL, image_library_id=None)
            save_custom_libraries(service=linked, changes=[chosen], based_on=2, author=author)
            image_ids = list(library.images.values_list("pk", flat=True))
            delete_images(library=library, image_ids=image_ids, author=author)
            policies.catch_up()
            return moderator

        with patch.object(engine, "moderator", side_effect=unlinked_and_emptied):
            during = result_of(linked, photo("astronaut"))
        after = result_of(linked, photo("astronaut"))

        assert f"{LABEL}_lib" in labels(during)
        assert (during.ruleset_version, during.policy_number) == (2, before)
        assert f"{LABEL}_lib" not in labels(after)
        assert (after.ruleset_version, after.policy_number) == (3, before + 2)


class TestExemptLibrary:
    def test_a_copy_of_an_image_returns_one_label_and_no_risk(self, service, author, library):
        add_image(library=library, content=photo("astronaut"), name="a.jpg", author=author)
        save_exemptions(service=service, library_ids=[library.pk], based_on=1, author=author)

        result = result_of(service, photo("astronaut", lambda image: image.resize((300, 300))))

        assert labels(result) == ["nonLabel_lib"]
        assert result.risk_level == "none"
        assert 80 <= result.labels[0]["confidence"] <= 100

    def test_an_exemption_wins_over_a_linked_library(self, linked, author):
        exempt = ImageLibraryFactory.create(account=linked.account)
        cropped = photo("astronaut", lambda image: image.crop((12, 12, 500, 500)))
        before = labels(result_of(linked, photo("astronaut")))

        add_image(library=exempt, content=cropped, name="cropped.jpg", author=author)
        save_exemptions(service=linked, library_ids=[exempt.pk], based_on=2, author=author)

        assert f"{LABEL}_lib" in before
        assert labels(result_of(linked, photo("astronaut"))) == ["nonLabel_lib"]


class TestDeepMatch:
    def test_a_turned_copy_sets_the_label_once_it_is_switched_on(self, linked, library, author):
        turned = photo("astronaut", lambda image: image.rotate(45, expand=True))

        before = labels(result_of(linked, turned))
        switch(library, author, deep_match=True)
        result = result_of(linked, turned)
        switch(library, author, deep_match=False)

        assert f"{LABEL}_lib" not in before
        assert f"{LABEL}_lib" in labels(result)
        [match] = result.findings["findings"]["image_matches"]
        assert (match["vote"], match["variant"]) == ("geometry", "part")
        assert f"{LABEL}_lib" not in labels(result_of(linked, turned))


def switch(library, author, *, deep_match):
    change_image_library(
        library=library, name=library.name, description="", author=author, deep_match=deep_match
    )
