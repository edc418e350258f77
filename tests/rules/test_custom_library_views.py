"""Which libraries and vocabularies set labels: shown, chosen and refused."""

import pytest
from django.urls import reverse

from console.roles import Role
from rules.models import LabelRule
from rules.services import save_exemptions
from tests.factories import (
    ImageLibraryFactory,
    MemberFactory,
    ServiceFactory,
    VocabularyFactory,
)
from tests.html import faults

PANEL = {"HX-Request": "true", "HX-Target": "scope-panel"}
DRUG, DRUG_TEXT = "contraband_drug", "contraband_drug_tii"


@pytest.fixture
def service(account):
    return ServiceFactory(account=account)


@pytest.fixture
def library(account):
    return ImageLibraryFactory(account=account, name="Emergency <b>")


@pytest.fixture
def vocabulary(account):
    return VocabularyFactory(account=account, name="Drug slang")


def page_of(client, service, query=""):
    url = reverse("rules:scope", args=[service.code, "prohibited"])
    return client.get(f"{url}{query}")


def save(client, service, *, version=1, **chosen):
    url = reverse("rules:custom_libraries_save", args=[service.code, "prohibited"])
    sent = {"edited_version": version, "base_version": version, "comment": "", "reviewed": ""}
    sent |= {name.replace("__", "-") + "-library": value for name, value in chosen.items()}
    return client.post(url, sent, headers=PANEL)


def rule_of(service, label):
    return LabelRule.objects.get(service=service, label=label)


class TestCustomLibrariesCard:
    def test_each_label_has_a_place_and_each_label_of_text_another(self, member_client, service):
        response = page_of(member_client(Role.VIEWER), service)

        links = [(one.label.code, one.is_vocabulary) for one in response.context["page"].links]
        assert links == [
            ("contraband_drug", False),
            ("contraband_drug_tii", False),
            ("contraband_drug_tii", True),
            ("contraband_gamble", False),
            ("contraband_gamble_tii", False),
            ("contraband_gamble_tii", True),
        ]
        assert "contraband_drug_lib" in response.content.decode()

    def test_what_is_linked_is_named_with_its_size_and_a_link(
        self, member_client, service, library, vocabulary
    ):
        service.label_rules.filter(label=DRUG).update(image_library=library)
        service.label_rules.filter(label=DRUG_TEXT).update(vocabulary=vocabulary)

        page = page_of(member_client(), service).content.decode()

        assert "<b>Emergency &lt;b&gt;</b> 0" in page
        assert "<b>Drug slang</b> 0" in page
        assert f'href="/libraries/images/{library.pk}/"' in page
        assert f'href="/libraries/keywords/{vocabulary.pk}/"' in page
        assert faults(page) == []

    def test_without_libraries_the_fields_lead_to_where_they_are_made(self, member_client, service):
        page = page_of(member_client(), service, "?edit=libraries").content.decode()

        assert "Create an image library" in page
        assert "Create a keyword library" in page
        assert faults(page) == []

    def test_only_labels_of_text_take_a_vocabulary(self, member_client, service, vocabulary):
        page = page_of(member_client(), service, "?edit=libraries").content.decode()

        assert page.count(">Drug slang</option>") == 2
        assert f'name="words-{DRUG_TEXT}-library"' in page
        assert f'name="words-{DRUG}-library"' not in page

    def test_a_library_of_another_account_is_no_choice(self, member_client, service):
        ImageLibraryFactory(name="Theirs")

        page = page_of(member_client(), service, "?edit=libraries").content.decode()

        assert "Theirs" not in page


class TestSaveCustomLibraries:
    def test_a_library_and_a_vocabulary_are_saved_as_a_version(
        self, member_client, service, library, vocabulary
    ):
        response = save(
            member_client(Role.POLICY_MANAGER),
            service,
            images__contraband_drug=library.pk,
            words__contraband_drug_tii=vocabulary.pk,
        )

        service.refresh_from_db()
        assert response.status_code == 200
        assert service.version == 2
        assert rule_of(service, DRUG).image_library == library
        assert rule_of(service, DRUG_TEXT).vocabulary == vocabulary
        assert 'id="service-meta" hx-swap-oob="true"' in response.content.decode()

    def test_an_empty_choice_takes_the_library_away(self, member_client, service, library):
        client = member_client()
        save(client, service, images__contraband_drug=library.pk)

        save(client, service, version=2, images__contraband_drug="")

        assert rule_of(service, DRUG).image_library is None

    @pytest.mark.parametrize("chosen", ["999999", "x", "-1"])
    def test_a_library_that_is_not_there_is_refused(self, chosen, member_client, service):
        response = save(member_client(), service, images__contraband_drug=chosen)

        assert response.status_code == 422
        assert "This library no longer exists" in response.content.decode()
        assert service.versions.count() == 1

    def test_the_library_of_another_account_is_refused(self, member_client, service):
        theirs = ImageLibraryFactory()

        response = save(member_client(), service, images__contraband_drug=theirs.pk)

        assert response.status_code == 422
        assert rule_of(service, DRUG).image_library is None

    def test_a_library_that_is_exempt_is_refused_beside_its_field(
        self, member_client, service, library
    ):
        author = MemberFactory(account=service.account)
        save_exemptions(service=service, library_ids=[library.pk], based_on=1, author=author)
        client = member_client()

        page = page_of(client, service, "?edit=libraries").content.decode()
        response = save(client, service, version=2, images__contraband_drug=library.pk)

        fragment = response.content.decode()
        assert "(exempt)" in page
        assert response.status_code == 422
        assert "This library is exempt" in fragment
        assert fragment.count('aria-invalid="true"') == 1
        assert f'<option value="{library.pk}" selected>' in fragment
        assert rule_of(service, DRUG).image_library is None
        assert faults(fragment, is_fragment=True) == []

    def test_a_save_without_a_difference_says_so(self, member_client, service):
        response = save(member_client(), service)

        assert response.status_code == 422
        assert "Nothing differs from what is saved" in response.content.decode()

    def test_a_stale_save_shows_what_changed_and_can_be_applied_again(
        self, member_client, service, library
    ):
        other = ImageLibraryFactory(account=service.account, name="Other")
        client = member_client()
        save(client, service, images__contraband_gamble=other.pk)

        response = save(client, service, images__contraband_drug=library.pk)
        assert response.status_code == 409
        assert "Other" in response.content.decode()

        url = reverse("rules:custom_libraries_save", args=[service.code, "prohibited"])
        sent = {
            "edited_version": 1,
            "base_version": 2,
            "images-contraband_drug-library": library.pk,
        }
        assert client.post(url, sent, headers=PANEL).status_code == 200
        assert rule_of(service, DRUG).image_library == library
        assert rule_of(service, "contraband_gamble").image_library == other

    def test_it_needs_a_policy_manager(self, member_client, service, library):
        response = save(member_client(Role.MODERATOR), service, images__contraband_drug=library.pk)

        assert response.status_code == 403
