"""Somebody deletes a copy of a service while another is about to change it: there is nothing."""

import pytest
from django.urls import reverse

from console import services as console_services
from console.roles import Role
from rules import checking
from rules.models import Service
from rules.services import copy_service
from tests.factories import HitFactory, ImageLibraryFactory, MemberFactory, ServiceFactory
from tests.rules.test_scope_views import values

BASE = {"base_version": 1, "edited_version": 1}


@pytest.fixture
def copy(account):
    source = ServiceFactory.create(account=account)
    author = MemberFactory.create(account=account)
    return copy_service(source=source, code="mine", name="Mine", description="", author=author)


@pytest.fixture
def client(member_client, copy, monkeypatch):
    """A policy manager for whom the copy is deleted while they wait for the account."""

    def lock_once_deleted(account_id):
        Service.objects.filter(pk=copy.pk).delete()
        return console_services.locked_account(account_id)

    monkeypatch.setattr(checking, "locked_account", lock_once_deleted)
    return member_client(Role.POLICY_MANAGER)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("service_copy", {"code": "other", "name": "Other"}),
        ("service_delete", {"code": "mine"}),
        ("exemptions_save", BASE),
        ("ignored_vocabularies_save", BASE),
    ],
)
def test_a_service(client, name, sent):
    assert client.post(reverse(f"rules:{name}", args=["mine"]), sent).status_code == 404
    assert not Service.objects.filter(code="other").exists()


@pytest.mark.parametrize("name", ["scope_save", "custom_libraries_save"])
def test_a_tab_of_its_rules(client, copy, name):
    url = reverse(f"rules:{name}", args=["mine", "prohibited"])
    sent = values(copy, violent_gun__high="92")

    assert client.post(url, sent).status_code == 404


def test_an_earlier_version(client):
    url = reverse("rules:restore", args=["mine", 1])

    assert client.post(url, {"base_version": 1}).status_code == 404


def test_an_exemption_of_a_result(client, account):
    result = HitFactory.create(account=account, service_code="mine")
    library = ImageLibraryFactory.create(account=account)

    response = client.post(
        reverse("results:exempt", args=[result.request_id]), {"library": library.pk}
    )

    assert response.status_code == 404
    assert not library.images.exists()
