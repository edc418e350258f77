"""Remedies on the pages: add to a library, exempt, test again."""

import json

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from console.roles import Role
from libraries.models import ImageLibrary, LibraryImage
from results.models import DetectionResult
from rules.models import Exemption
from rules.services import install_catalogue, save_exemptions
from tests.factories import FeedbackFactory, HitFactory, ImageLibraryFactory, ServiceFactory
from tests.html import faults
from tests.results.test_remedies import result_of

pytestmark = pytest.mark.usefixtures("no_found_hits")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def service(account):
    return ServiceFactory.create(account=account)


@pytest.fixture
def result(account, service):
    return result_of(account)


@pytest.fixture
def library(account):
    return ImageLibraryFactory.create(account=account, name="Ours")


def url(name, result):
    return reverse(f"results:{name}", args=[result.request_id])


def toast(response):
    return json.loads(response["HX-Trigger"])["toast"]["text"]


class TestAddToLibrary:
    def test_it_is_added_and_said(self, member_client, result, library):
        client = member_client(Role.MODERATOR)

        response = client.post(url("add_to_library", result), {"library": library.pk}, headers=HTMX)

        assert response.status_code == 204
        assert toast(response) == "Added to “Ours”."
        assert LibraryImage.objects.get().library == library

    def test_the_dialog_offers_the_library_of_the_missed_label(
        self, member_client, service, result, library
    ):
        ImageLibraryFactory.create(account=result.account, name="Another")
        service.label_rules.filter(label="violent_gun").update(image_library=library)
        FeedbackFactory(
            account=result.account, result=result, kind="missed_violation", labels=["violent_gun"]
        )

        page = member_client(Role.MODERATOR).get(url("add_to_library", result))

        assertContains(page, f'<option value="{library.pk}" selected>Ours · ')
        assertContains(page, "The original was not kept")
        assert faults(page.content.decode()) == []

    def test_why_not_is_said_beside_the_field(self, member_client, result, library):
        client = member_client(Role.MODERATOR)
        address, data = url("add_to_library", result), {"library": library.pk}
        client.post(address, data, headers=HTMX)

        again = client.post(address, data, headers=HTMX)
        default_storage.delete(result.preview.name)
        gone = client.post(address, data, headers=HTMX)

        assertContains(again, "The same picture as image", status_code=422)
        assertContains(gone, "The stored picture is gone", status_code=422)

    def test_a_library_of_another_account_is_none(self, member_client, result):
        foreign = ImageLibraryFactory.create()

        response = member_client().post(
            url("add_to_library", result), {"library": foreign.pk}, headers=HTMX
        )

        assert response.status_code == 422
        assert not LibraryImage.objects.exists()

    def test_without_libraries_it_says_where_to_make_one(self, member_client, result):
        page = member_client(Role.MODERATOR).get(url("add_to_library", result))

        assertContains(page, "There is no image library yet")


class TestExempt:
    def test_a_new_library_is_made_and_exempt(self, member_client, service, result):
        response = member_client(Role.POLICY_MANAGER).post(
            url("exempt", result), {"library": "", "name": "Harmless"}, headers=HTMX
        )

        assert toast(response) == "Exempt: baselineCheck_global has version 2, with “Harmless”."
        assert Exemption.objects.get(service=service).image_library.name == "Harmless"
        assert LibraryImage.objects.get().library.name == "Harmless"

    def test_the_exemption_that_there_is_comes_first(self, member_client, service, result, library):
        client = member_client(Role.POLICY_MANAGER)
        save_exemptions(service=service, library_ids=[library.pk], based_on=1, author=client.member)

        page = client.get(url("exempt", result))
        response = client.post(url("exempt", result), {"library": library.pk}, headers=HTMX)

        assertContains(page, f'<option value="{library.pk}" selected>')
        assert toast(response) == "Exempt: added to “Ours”."
        assert faults(page.content.decode()) == []

    def test_a_library_that_sets_a_label_is_not_offered(
        self, member_client, service, result, library
    ):
        service.label_rules.filter(label="violent_gun").update(image_library=library)

        page = member_client(Role.POLICY_MANAGER).get(url("exempt", result))

        assertNotContains(page, "Ours")

    @pytest.mark.parametrize(
        ("name", "text"), [("", "Name the new library"), ("Ours", "There is a library “Ours”")]
    )
    def test_a_name_that_cannot_be_leaves_all_as_it_was(
        self, member_client, result, library, name, text
    ):
        response = member_client(Role.POLICY_MANAGER).post(
            url("exempt", result), {"library": "", "name": name}, headers=HTMX
        )

        assertContains(response, text, status_code=422)
        assert ImageLibrary.objects.count() == 1
        assert not Exemption.objects.exists()

    def test_a_picture_that_is_gone_makes_no_library(self, member_client, result):
        default_storage.delete(result.preview.name)

        response = member_client(Role.POLICY_MANAGER).post(
            url("exempt", result), {"library": "", "name": "Harmless"}, headers=HTMX
        )

        assertContains(response, "The stored picture is gone", status_code=422)
        assert not ImageLibrary.objects.exists()


class TestTestAgain:
    def test_what_came_of_it_is_shown(self, member_client, result):
        response = member_client(Role.MODERATOR).post(url("test_again", result), headers=HTMX)

        again = DetectionResult.objects.exclude(pk=result.pk).get()
        assert response["HX-Redirect"] == url("detail", again)
        assert again.source == "test"

    def test_a_picture_that_is_gone_is_said_to_be(self, member_client, result):
        default_storage.delete(result.preview.name)

        response = member_client(Role.MODERATOR).post(url("test_again", result), headers=HTMX)

        assert response.status_code == 422
        assert toast(response).startswith("Not tested: The stored picture is gone")

    def test_a_picture_that_the_engine_refuses_is_said_in_chinese(self, member_client, result):
        with default_storage.open(result.preview.name, "wb") as file:
            file.write(b"no picture any more")
        client = member_client(Role.MODERATOR)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"

        response = client.post(url("test_again", result), headers=HTMX)

        assert response.status_code == 422
        assert "请重新保存为 JPEG。" in toast(response)


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "role"),
        [
            ("add_to_library", Role.VIEWER),
            ("exempt", Role.MODERATOR),
            ("test_again", Role.VIEWER),
        ],
    )
    def test_roles(self, member_client, result, name, role):
        assert member_client(role).post(url(name, result), headers=HTMX).status_code == 403

    @pytest.mark.parametrize("name", ["add_to_library", "exempt", "test_again"])
    def test_a_result_of_another_account_does_not_exist(self, member_client, name):
        foreign = HitFactory()
        install_catalogue(account=foreign.account)

        assert member_client().post(url(name, foreign), headers=HTMX).status_code == 404

    @pytest.mark.parametrize("name", ["exempt", "test_again"])
    def test_a_deleted_service_has_no_rules_any_more(self, member_client, account, name):
        result = HitFactory(account=account)

        assert member_client().post(url(name, result), headers=HTMX).status_code == 404
