"""Making fingerprints anew after their version has changed."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command
from django.urls import reverse
from pytest_django.asserts import assertContains

from console.models import Publication
from libraries.models import LibraryImage
from libraries.services.images import add_image
from moderation.similarity import hamming_distances
from tests import pictures
from tests.factories import ImageLibraryFactory, MemberFactory
from tests.libraries.samples import fill


@pytest.fixture
def library(account):
    return ImageLibraryFactory.create(account=account)


def refresh():
    output = io.StringIO()
    call_command("refresh_fingerprints", "--json", stdout=output)
    return json.loads(output.getvalue())


def make_old(image):
    """Give the image a fingerprint as if another version had made it."""
    LibraryImage.objects.filter(pk=image.pk).update(fingerprint=b"\0\0 of another version")


class TestRefreshing:
    def test_an_outdated_fingerprint_is_made_from_the_preview(self, library, account):
        author = MemberFactory.create(account=account)
        image = add_image(library=library, content=pictures.rocket(), name="", author=author)
        before = image.hashes
        make_old(image)

        assert refresh() == {"made_anew": 1, "without_a_readable_picture": 0}

        image.refresh_from_db()
        bits = hamming_distances(before.pdq[0], image.hashes.pdq[:1])[0]
        assert bits <= 10
        assert image.hashes.embedding @ before.embedding > 0.97
        assert bytes(image.pdq) == image.hashes.pdq[0].tobytes()
        assert Publication.objects.first().details == {"image_ids": [image.pk]}

    def test_until_then_its_page_says_so_and_it_stands_in_nobodys_way(
        self, library, account, member_client
    ):
        client = member_client()
        old = add_image(library=library, content=pictures.rocket(), name="", author=client.member)
        make_old(old)

        page = client.get(reverse("libraries:library_image", args=[library.pk, old.pk]))
        said = client.get(reverse("results:would_hit", args=[old.pk]))
        anew = pictures.jpeg(pictures.photo("rocket"), 70)
        added = add_image(library=library, content=anew, name="", author=client.member)

        assertContains(page, "It matches nothing until its fingerprint is made anew")
        assert said.status_code == 404
        assert added.pk != old.pk

    def test_a_hash_stays_a_hash(self, library):
        [image] = fill(library)
        make_old(image)

        refresh()

        image.refresh_from_db()
        assert image.hashes.has_only_pdq
        assert image.hashes.pdq_hex == image.pdq_hex

    def test_what_is_up_to_date_is_left_alone(self, library):
        fill(library, 3)
        published = Publication.objects.count()

        assert refresh() == {"made_anew": 0, "without_a_readable_picture": 0}
        assert Publication.objects.count() == published

    def test_a_lost_picture_is_counted(self, library, account):
        author = MemberFactory.create(account=account)
        image = add_image(library=library, content=pictures.rocket(), name="", author=author)
        image.preview.storage.delete(image.preview.name)
        make_old(image)

        assert refresh() == {"made_anew": 0, "without_a_readable_picture": 1}
