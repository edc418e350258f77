"""Mails with links: only to names of this server that an administrator has written down."""

import pytest
from django.core import mail
from django.urls import reverse

from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask_for_link(client):
    MemberFactory.create(user__email="mei.tan@example.com")

    def ask(host):
        url = reverse("account_reset_password")
        return client.post(url, {"email": "mei.tan@example.com"}, headers={"host": host})

    return ask


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "localhost.evil.example"])
def test_a_made_up_name_gets_no_link(ask_for_link, host):
    response = ask_for_link(host)

    assert response.status_code == 302  # as for any other, and for addresses that nobody has
    assert mail.outbox == []


@pytest.mark.parametrize("host", ["assay.example.com", "127.0.0.1:8000", "[::1]:8000"])
def test_a_name_that_is_written_down_does(ask_for_link, settings, host):
    settings.ALLOWED_HOSTS = ["assay.example.com", "*"]

    ask_for_link(host)

    assert f"http://{host}/account/password/reset/key/" in mail.outbox[0].body


def test_sign_in_offers_a_link_only_if_one_is_sent(client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    offered = reverse("account_reset_password")

    assert offered not in client.get(reverse("account_login")).content.decode()

    settings.ALLOWED_HOSTS = ["testserver"]

    assert offered in client.get(reverse("account_login")).content.decode()
