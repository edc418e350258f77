"""Library images and keywords behind a result: on the wire, and as people see them."""

import uuid

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from libraries.models import LibraryImage
from results.answers import answer_of
from results.details import Details
from rules.services import record_version
from tests import pictures
from tests.factories import (
    HIT,
    HitFactory,
    ImageLibraryFactory,
    ServiceFactory,
    VocabularyFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(account):
    return ImageLibraryFactory.create(account=account, name="Known leaflets")


@pytest.fixture
def vocabulary(account):
    return VocabularyFactory.create(account=account, name="Street names")


@pytest.fixture
def image(library):
    image = LibraryImage(
        account=library.account,
        library=library,
        digest=uuid.uuid4().hex,
        fingerprint=b"",
        name="leaflet <1>.jpg",
    )
    image.thumbnail.save("thumbnail.webp", ContentFile(pictures.rocket()), save=False)
    image.save()
    return image


def result_with(account, *, image_matches=(), keyword_matches=(), version=1):
    found = HIT["findings"] | {
        "image_matches": list(image_matches),
        "keyword_matches": list(keyword_matches),
    }
    return HitFactory.create(
        account=account, findings=HIT | {"findings": found}, ruleset_version=version
    )


def image_match(image, **fields):
    return {
        "library_id": image.library_id,
        "image_id": image.pk,
        "similarity": 97.4,
        "vote": "pdq",
        "distance": 12,
        "variant": "trimmed, mirrored",
        **fields,
    }


def keyword_match(vocabulary, keyword="cocaine", line="buy cocaine here"):
    box = {"x": 1, "y": 2, "w": 3, "h": 4}
    return {"vocabulary_id": vocabulary.pk, "keyword": keyword, "line": line, "box": box}


def page_of(client, result):
    return client.get(reverse("results:detail", args=[result.request_id]))


class TestAnswer:
    def test_a_custom_image_is_named_with_its_library(self, account, image):
        result = result_with(account, image_matches=[image_match(image)])

        answer = answer_of(result, {"customImage"})

        assert answer["Data"]["Ext"]["CustomImage"] == [
            {
                "LibId": str(image.library_id),
                "LibName": "Known leaflets",
                "ImageId": str(image.pk),
            }
        ]

    def test_keywords_of_a_vocabulary_are_listed_once_each(self, account, vocabulary):
        found = [
            keyword_match(vocabulary),
            keyword_match(vocabulary, line="cocaine again"),
            keyword_match(vocabulary, keyword="here"),
        ]
        result = result_with(account, keyword_matches=found)

        text = answer_of(result, {"textInImage"})["Data"]["Ext"]["TextInImage"]

        assert text["CustomText"] == [
            {
                "LibId": str(vocabulary.pk),
                "LibName": "Street names",
                "KeyWords": "cocaine,here",
            }
        ]

    def test_a_deleted_library_keeps_the_name_that_it_had(self, account, image):
        service = ServiceFactory.create(account=account)
        service.label_rules.filter(label="violent_gun").update(image_library=image.library)
        version = record_version(service=service, author=None, comment="")
        result = result_with(account, image_matches=[image_match(image)], version=version.number)
        service.label_rules.update(image_library=None)
        image.library.delete()

        [match] = answer_of(result, {"customImage"})["Data"]["Ext"]["CustomImage"]

        assert match["LibName"] == "Known leaflets"

    def test_another_accounts_library_of_that_id_is_not_named(self, account):
        foreign = ImageLibraryFactory.create(name="Secret")
        match = {"library_id": foreign.pk, "image_id": 1, "similarity": 90.0}
        how = {"vote": "pdq", "distance": 1, "variant": "original"}
        result = result_with(account, image_matches=[match | how])

        [found] = answer_of(result, {"customImage"})["Data"]["Ext"]["CustomImage"]

        assert found["LibName"] == ""

    def test_an_answer_without_matches_asks_the_database_nothing(
        self, account, django_assert_num_queries
    ):
        result = result_with(account)

        with django_assert_num_queries(0):
            answer_of(result, {"customImage", "textInImage"})


class TestDetails:
    def test_a_match_says_how_the_image_was_recognised(self, account, image):
        [row] = Details(result_with(account, image_matches=[image_match(image)])).image_matches

        assert (row.image, row.library_name) == (image, "Known leaflets")
        assert (row.distance, row.is_in_bits) == ("12", True)
        assert row.variant == "borders trimmed, mirrored"

    def test_the_distance_of_an_embedding_is_a_fraction(self, account, image):
        match = image_match(image, vote="embedding", distance=0.0871)

        [row] = Details(result_with(account, image_matches=[match])).image_matches

        assert (row.distance, row.is_in_bits) == ("0.087", False)

    def test_the_page_links_image_and_library(self, member_client, account, image):
        result = result_with(account, image_matches=[image_match(image)])

        page = page_of(member_client(), result)

        link = reverse("libraries:library_image", args=[image.library_id, image.pk])
        assertContains(page, f'href="{link}"')
        assertContains(page, reverse("libraries:library_image_preview", args=[image.pk]))
        assertContains(page, reverse("libraries:image_library", args=[image.library_id]))
        assertContains(page, "leaflet &lt;1&gt;.jpg")
        assertContains(page, "12 of 256 bits differ")
        assertContains(page, "97.40")

    def test_the_page_says_what_was_deleted_since(self, member_client, account, image):
        result = result_with(account, image_matches=[image_match(image)])
        library_id = image.library_id
        image.library.delete()

        page = page_of(member_client(), result)

        assertContains(page, "deleted since")
        assertNotContains(page, reverse("libraries:image_library", args=[library_id]))

    def test_the_page_marks_the_keyword_in_its_line(self, member_client, account, vocabulary):
        result = result_with(account, keyword_matches=[keyword_match(vocabulary)])

        page = page_of(member_client(), result)

        assertContains(page, "buy <mark>cocaine</mark> here")
        assertContains(page, reverse("libraries:vocabulary_detail", args=[vocabulary.pk]))
        assertContains(page, "Street names")
