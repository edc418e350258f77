"""Finding the services that calls name, in a process that is kept up to date."""

from __future__ import annotations

import pytest

from console.models import Account
from moderation.errors import ParameterInvalid
from openapi.callable_services import find_live_service, find_service
from rules.live import policies
from rules.models import Service
from rules.services import copy_service, delete_copy, record_version
from tests.factories import AccountFactory, MemberFactory, ServiceFactory

pytestmark = pytest.mark.django_db
CODE = "baselineCheck_global"


@pytest.fixture
def service(account: Account) -> Service:
    return ServiceFactory.create(account=account, code=CODE)


@pytest.fixture(autouse=True)
def followed(account, service, monkeypatch):
    """Have this process take over what is published only when a test says so."""
    policies.load_all()
    monkeypatch.setattr(policies, "is_followed", True)


def copy_of(service: Service) -> Service:
    author = MemberFactory.create(account=service.account)
    return copy_service(source=service, code="copy", name="Copy", description="", author=author)


class TestFindLiveService:
    def test_a_service_is_read_once(self, account, service, django_assert_num_queries):
        find_live_service(account, CODE)

        with django_assert_num_queries(0):
            found = find_live_service(account, CODE)
            assert (found, found.definition.code) == (service, CODE)
            assert found.account is account

    def test_another_name_leads_to_it_too(self, account, django_assert_num_queries):
        first = find_live_service(account, "faceDetect_cb")

        with django_assert_num_queries(0):
            again = find_live_service(account, "faceDetect_cb")

        assert (first.code, again.code) == ("faceDetect_global", "faceDetect_global")

    def test_it_is_read_again_when_its_rules_are_saved(self, account, service):
        before = find_live_service(account, CODE).version
        record_version(service=service, author=None, comment="")

        policies.catch_up()

        assert find_live_service(account, CODE).version == before + 1

    def test_a_copy_can_be_called_before_this_process_has_its_rules(self, account, service):
        with pytest.raises(ParameterInvalid):
            find_live_service(account, "copy")
        copy = copy_of(service)

        assert find_live_service(account, "copy") == copy

    def test_a_deleted_copy_is_gone_with_its_rules(self, account, service):
        copy = copy_of(service)
        policies.catch_up()
        find_live_service(account, "copy")
        delete_copy(service=copy, author=MemberFactory.create(account=account))

        policies.catch_up()

        with pytest.raises(ParameterInvalid):
            find_live_service(account, "copy")

    def test_a_service_of_another_account_is_not_found(self, account):
        other = AccountFactory.create()
        copy_of(ServiceFactory.create(account=other))
        policies.load_all()

        assert find_live_service(other, "copy").account == other
        with pytest.raises(ParameterInvalid):
            find_live_service(account, "copy")

    def test_what_is_known_is_limited(self, account, service, monkeypatch):
        monkeypatch.setattr("openapi.callable_services._MAX_KNOWN_SERVICES", 1)
        monkeypatch.setattr("openapi.callable_services._known_services", known := {})
        find_live_service(account, CODE)

        find_live_service(account, "baselineCheck_cb")

        assert list(known) == [(account.pk, "baselineCheck_cb")]


def test_without_news_a_service_is_as_in_the_database(account, service, monkeypatch):
    monkeypatch.setattr(policies, "is_followed", False)
    find_live_service(account, CODE)
    Service.objects.filter(pk=service.pk).update(code="renamed")

    assert find_service(account, "renamed") == service
    with pytest.raises(ParameterInvalid):
        find_live_service(account, CODE)
