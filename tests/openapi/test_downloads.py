"""Files whose addresses the API gives: for a while, without signing in, and to nobody else."""

import time
from unittest.mock import patch

import pytest
from django.test import Client

from openapi.download_links import LIFETIME
from tests.factories import AccessKeyFactory, VocabularyFactory
from tests.openapi.console_calls import ConsoleClient
from tests.openapi.signing import PLAIN_SECRET

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(account):
    return ConsoleClient(AccessKeyFactory.create(account=account, plain_secret=PLAIN_SECRET))


@pytest.fixture
def vocabulary(account):
    return VocabularyFactory.create(account=account, name="Slang 俚语")


@pytest.fixture
def address(ask, vocabulary):
    ask("AddKeywords", LibId=vocabulary.pk, Keywords="cat\n猫\n=1")
    address: str = ask.data("ExportKeyword", LibId=vocabulary.pk).removeprefix("http://testserver")
    return address


def test_a_browser_gets_the_words_without_signing_in(address):
    response = Client().get(address)

    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert "slang" in response["Content-Disposition"]
    assert response.getvalue().decode() == "cat\n猫\n"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert not response.cookies


def test_the_address_is_under_the_host_that_the_caller_used(ask, vocabulary):
    assert ask.data("ExportKeyword", LibId=vocabulary.pk).startswith("http://testserver/downloads/")


@pytest.mark.parametrize(("seconds_left", "status"), [(5, 200), (-5, 404)])
def test_it_is_open_for_a_while_only(address, seconds_left, status):
    moment = time.time() + LIFETIME.total_seconds() - seconds_left

    with patch("django.core.signing.time.time", return_value=moment):
        assert Client().get(address).status_code == status


def test_an_address_that_was_changed_opens_nothing(address):
    for changed in (
        address[:-2] + "x/",
        address.replace("/downloads/", "/downloads/x"),
        "/downloads/x/",
    ):
        assert Client().get(changed).status_code == 404


def test_it_is_closed_with_its_key(ask, address):
    ask.access_key.enabled = False
    ask.access_key.save()

    assert Client().get(address).status_code == 404


def test_what_was_deleted_is_there_no_more(address, vocabulary):
    vocabulary.delete()

    assert Client().get(address).status_code == 404


def test_it_is_only_read(address):
    assert Client().post(address).status_code == 405
