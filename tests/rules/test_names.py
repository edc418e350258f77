"""What people may write into names, on every page of the rules that shows them."""

import pytest
from django.urls import reverse

from console.roles import Role
from rules.changes import CustomLibraryChange
from rules.services import copy_service, save_custom_libraries, save_exemptions
from tests.factories import (
    ImageLibraryFactory,
    MemberFactory,
    ServiceFactory,
    VocabularyFactory,
)
from tests.html import faults

SCRIPT = "<script>alert(1)</script>"
LABEL = "contraband_drug_tii"
TYPE = "prohibited"


@pytest.fixture
def code(account):
    """A copy in whose rules everything that has a name is named by a script."""
    author = MemberFactory(account=account, user__username="mei.tan", user__first_name=SCRIPT)
    copy = copy_service(
        source=ServiceFactory(account=account),
        code="mine",
        name=SCRIPT,
        description=SCRIPT,
        author=author,
    )
    linked, exempt = (
        ImageLibraryFactory(account=account, name=f"{number} {SCRIPT}", description=SCRIPT)
        for number in (1, 2)
    )
    vocabulary = VocabularyFactory(account=account, name=SCRIPT, description=SCRIPT)
    chosen = CustomLibraryChange(
        label=LABEL, image_library_id=linked.pk, vocabulary_id=vocabulary.pk
    )
    save_custom_libraries(service=copy, changes=[chosen], based_on=1, author=author, comment=SCRIPT)
    save_exemptions(service=copy, library_ids=[exempt.pk], based_on=2, author=author)
    return copy.code


@pytest.mark.parametrize(
    ("view", "more", "query"),
    [
        ("rules:scope", [TYPE], ""),
        ("rules:scope", [TYPE], "?edit=libraries"),
        ("rules:exemptions", [], "?edit"),
        ("rules:ignored_vocabularies", [], "?edit"),
        ("rules:history", [], ""),
        ("rules:version", [2], ""),
        ("rules:restore", [1], ""),
        ("rules:service_copy", [], ""),
    ],
)
def test_a_name_is_never_a_tag(view, more, query, member_client, code):
    client = member_client(Role.POLICY_MANAGER)

    page = client.get(reverse(view, args=[code, *more]) + query).content.decode()

    assert SCRIPT not in page
    assert "&lt;script&gt;alert(1)" in page
    assert faults(page) == []


@pytest.mark.parametrize("address", ["rules:service_list", "onlinetest:test_page"])
def test_a_list_of_services_shows_names_as_text(address, member_client, code):
    page = member_client(Role.POLICY_MANAGER).get(reverse(address)).content.decode()

    assert SCRIPT not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_refusal_names_services_and_libraries_as_text(member_client, account, code):
    client = member_client(Role.POLICY_MANAGER)
    [library] = account.image_libraries.filter(name__startswith="1 ")

    sent = {"edited_version": 3, "base_version": 3, "on": [library.pk]}
    response = client.post(reverse("rules:exemptions_save", args=[code]), sent)

    page = response.content.decode()
    assert response.status_code == 422
    assert SCRIPT not in page
    assert "&lt;script&gt;alert(1)" in page
