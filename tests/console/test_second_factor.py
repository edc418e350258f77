"""One-time codes: asked for at sign-in, their secrets kept encrypted."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.test import Client

from tests.factories import PASSWORD, MemberFactory

STEP_S = 30


@pytest.fixture
def secret(account):
    """The secret of a member who has activated one-time codes."""
    secret = generate_totp_secret()
    TOTP.activate(MemberFactory(account=account, user__username="admin").user, secret)
    return secret


def code_of(secret: str, *, steps_ago: int = 0) -> str:
    counter = int(time.time()) // STEP_S - steps_ago
    return str(format_hotp_value(hotp_value(secret, counter)))


@pytest.mark.ignore_template_errors  # allauth's own templates ask for what is not there
class TestOneTimeCode:
    def test_the_password_alone_does_not_sign_in(self, secret):
        client = Client()

        response = client.post("/account/login/", {"login": "admin", "password": PASSWORD})

        assert response.headers["Location"].startswith("/account/2fa/authenticate/")
        assert client.get("/").headers["Location"].startswith("/account/login/")

    def test_password_and_code_do(self, secret):
        client = Client()
        client.post("/account/login/", {"login": "admin", "password": PASSWORD})

        response = client.post("/account/2fa/authenticate/", {"code": code_of(secret)})

        assert response.headers["Location"] == "/"
        assert client.get("/").status_code == 200

    @pytest.mark.parametrize(("steps_ago", "holds"), [(-1, True), (3, False)])
    def test_clocks_may_be_off_by_a_step_and_no_more(self, secret, steps_ago, holds):
        client = Client()
        client.post("/account/login/", {"login": "admin", "password": PASSWORD})
        code = code_of(secret, steps_ago=steps_ago)

        client.post("/account/2fa/authenticate/", {"code": code})

        assert (client.get("/").status_code == 200) is holds

    def test_a_wrong_code_does_not(self, secret):
        client = Client()
        client.post("/account/login/", {"login": "admin", "password": PASSWORD})

        response = client.post("/account/2fa/authenticate/", {"code": "000000"})

        assert "Incorrect code." in response.content.decode()

    def test_the_secret_is_not_readable_in_the_database(self, secret):
        stored = Authenticator.objects.get(type=Authenticator.Type.TOTP).data["secret"]

        assert secret not in stored
