"""Which results a library image would have hit, and what it says of exemptions."""

from __future__ import annotations

import numpy as np
import pytest
from django.core.cache import cache
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from console.roles import Role
from libraries.models import LibraryImage
from moderation.fingerprint import Fingerprint
from results.back_matches import would_have_matched
from rules.models import Exemption, LabelRule
from rules.resemblances import resemblances_of
from tests.factories import DetectionResultFactory, ImageLibraryFactory, ServiceFactory
from tests.libraries.samples import fill


@pytest.fixture(autouse=True)
def forgotten(db):
    """Forget what was found for images of other tests, which had the same ids."""
    cache.clear()


@pytest.fixture
def library(account):
    return ImageLibraryFactory.create(account=account, name="Blocked")


@pytest.fixture
def image(library) -> LibraryImage:
    [image] = fill(library)
    return image


def bits_changed(image: LibraryImage, count: int) -> bytes:
    """Return the fingerprint of the image with some bits of the PDQ hash changed."""
    fingerprint = image.hashes
    bits = np.unpackbits(fingerprint.pdq[0])
    bits[:count] ^= 1
    pdq = fingerprint.pdq.copy()
    pdq[0] = np.packbits(bits)
    return Fingerprint(
        pdq=pdq,
        trimmed_pdq=fingerprint.trimmed_pdq,
        dhash=fingerprint.dhash,
        embedding=fingerprint.embedding,
        quality=fingerprint.quality,
        graphic=fingerprint.graphic,
    ).to_bytes()


def like(other: LibraryImage, image: LibraryImage) -> LibraryImage:
    """Make an image resemble another one."""
    other.fingerprint = bits_changed(image, 30)
    other.save()
    return other


class TestWouldHaveMatched:
    def test_results_that_resemble_the_image_are_found_newest_first(self, account, image):
        first = DetectionResultFactory(account=account, fingerprint=image.fingerprint)
        DetectionResultFactory(account=account)
        second = DetectionResultFactory(account=account, fingerprint=bits_changed(image, 40))

        assert would_have_matched(image) == [second.pk, first.pk]

    def test_results_of_other_accounts_are_not(self, image):
        DetectionResultFactory(fingerprint=image.fingerprint)

        assert would_have_matched(image) == []

    def test_what_was_found_is_kept_for_a_while(
        self, account, image, django_assert_max_num_queries
    ):
        would_have_matched(image)

        with django_assert_max_num_queries(1):
            would_have_matched(image)


class TestPages:
    def test_the_count_leads_to_these_results(self, account, image, member_client):
        client = member_client(Role.VIEWER)
        hit = DetectionResultFactory(account=account, fingerprint=image.fingerprint)
        other = DetectionResultFactory(account=account)

        said = client.get(reverse("results:would_hit", args=[image.pk]))
        listed = client.get(reverse("results:result_list"), {"would_hit": image.pk})

        assertContains(said, "Would have hit 1 result of the last 30 days")
        assertContains(said, f"?would_hit={image.pk}")
        assertContains(listed, hit.request_id)
        assertNotContains(listed, other.request_id)
        assertContains(listed, f"Only results that library image {image.pk} matches.")

    def test_none_is_said_too(self, image, member_client):
        response = member_client().get(reverse("results:would_hit", args=[image.pk]))

        assertContains(response, "Would have hit no result")

    def test_an_image_of_another_account_does_not_exist(self, member_client):
        [foreign] = fill(ImageLibraryFactory.create())

        response = member_client().get(reverse("results:result_list"), {"would_hit": foreign.pk})

        assert response.status_code == 404

    @pytest.mark.parametrize("wrong", ["x", "0", "-1"])
    def test_what_is_no_id_lists_nothing(self, account, member_client, wrong):
        result = DetectionResultFactory(account=account)

        response = member_client().get(reverse("results:result_list"), {"would_hit": wrong})

        assertContains(response, "Clear filters")
        assertNotContains(response, result.request_id)


class TestResemblances:
    @pytest.fixture
    def service(self, account):
        return ServiceFactory.create(account=account)

    @pytest.fixture
    def official(self, account):
        return ImageLibraryFactory.create(account=account, name="Official")

    def block(self, service, library):
        LabelRule.objects.filter(service=service, label="violent_gun").update(image_library=library)

    def exempt(self, service, library):
        Exemption.objects.create(service=service, image_library=library)

    def test_an_exemption_of_the_same_service_lets_it_through(
        self, service, library, official, image, member_client
    ):
        self.block(service, library)
        self.exempt(service, official)
        like(fill(official, seed=1)[0], image)

        [one] = resemblances_of(image)
        page = member_client().get(reverse("results:would_hit", args=[image.pk]))

        assert one.library == official
        assert one.let_through_in == ("baselineCheck_global",)
        assertContains(page, "which is exempt in baselineCheck_global: matches are let through")

    def test_an_image_of_an_exemption_lets_through_what_is_blocked(
        self, service, library, official, image, member_client
    ):
        self.exempt(service, library)
        self.block(service, official)
        like(fill(official, seed=1)[0], image)

        [one] = resemblances_of(image)
        page = member_client().get(reverse("results:would_hit", args=[image.pk]))

        assert one.lets_through_in == ("baselineCheck_global",)
        assertContains(page, "This library is exempt there")

    def test_before_it_is_used_it_is_said_too(self, service, official, image, member_client):
        self.exempt(service, official)
        like(fill(official, seed=1)[0], image)

        page = member_client().get(reverse("results:would_hit", args=[image.pk]))

        assertContains(page, "which is exempt in baselineCheck_global.")

    def test_two_blocklists_do_not_conflict(self, service, library, official, image):
        self.block(service, library)
        like(fill(official, seed=1)[0], image)

        assert resemblances_of(image) == []

    def test_an_image_of_a_kind_that_many_others_are_of(self, official, image, member_client):
        for other in fill(official, 4, seed=1):
            like(other, image)

        page = member_client().get(reverse("results:would_hit", args=[image.pk]))

        assertContains(page, "4 images of")

    def test_libraries_of_other_accounts_do_not_matter(self, image):
        foreign = ImageLibraryFactory.create()
        self.exempt(ServiceFactory.create(account=foreign.account), foreign)
        like(fill(foreign, seed=1)[0], image)

        assert resemblances_of(image) == []
