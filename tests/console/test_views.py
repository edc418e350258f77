"""Access keys, preferences and the shell around every page."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from console import services
from console.models import AccessKey, AuditEntry
from console.navigation import NAV_GROUPS
from console.roles import Role
from rules.services import install_catalogue
from tests.factories import PASSWORD, AccessKeyFactory, MemberFactory, UserFactory
from tests.html import faults

HTMX = {"HX-Request": "true"}


class TestAccessKeyList:
    def test_it_lists_the_keys_of_the_account(self, member_client, account):
        mine = AccessKeyFactory(account=account)
        foreign = AccessKeyFactory()

        page = member_client().get(reverse("console:access_key_list")).content.decode()

        assert mine.key_id in page
        assert foreign.key_id not in page

    def test_the_queries_do_not_grow_with_the_keys(
        self, member_client, account, django_assert_max_num_queries
    ):
        client = member_client()
        AccessKeyFactory.create_batch(12, account=account, created_by=client.member)

        with django_assert_max_num_queries(5):
            client.get(reverse("console:access_key_list"))


class TestAccessKeyCreate:
    def test_the_secret_is_shown_once_and_kept_encrypted(self, member_client):
        client = member_client()

        response = client.post(reverse("console:access_key_create"), {"name": "Program"})

        key = AccessKey.objects.get()
        assert key.secret in response.content.decode()
        assert key.secret.encode() not in bytes(key.encrypted_secret)
        assert key.secret not in client.get(reverse("console:access_key_list")).content.decode()
        assert "no-store" in response.headers["Cache-Control"]

    def test_it_is_written_to_the_audit_log(self, member_client):
        client = member_client()

        client.post(reverse("console:access_key_create"), {"name": "Program"})

        entry = AuditEntry.objects.get()
        assert (entry.action, entry.actor) == ("access_key.create", client.member)

    @pytest.mark.parametrize(
        "fields", [{"name": ""}, {"name": "a" * 81}, {"name": "a", "qps_limit": "0"}]
    )
    def test_what_is_wrong_is_said_with_422(self, fields, member_client):
        response = member_client().post(
            reverse("console:access_key_create"), fields, headers=HTMX | {"HX-Target": "modal"}
        )

        assert response.status_code == 422
        assert 'aria-invalid="true"' in response.content.decode()
        assert not AccessKey.objects.exists()


class TestAccessKeySwitch:
    def test_htmx_gets_the_row(self, member_client, account):
        key = AccessKeyFactory(account=account)
        url = reverse("console:access_key_switch", args=[key.key_id])

        response = member_client().post(url, headers=HTMX)

        key.refresh_from_db()
        assert not key.enabled
        assert response.content.decode().lstrip().startswith("<tr")

    def test_a_foreign_key_is_not_there(self, member_client):
        key = AccessKeyFactory()

        response = member_client().post(reverse("console:access_key_switch", args=[key.key_id]))

        key.refresh_from_db()
        assert response.status_code == 404
        assert key.enabled

    def test_one_that_was_deleted_meanwhile_is_not_there(self, member_client, account, monkeypatch):
        key = AccessKeyFactory(account=account)
        url = reverse("console:access_key_switch", args=[key.key_id])
        switch = services.set_access_key_enabled

        def switch_once_deleted(**arguments):
            AccessKey.objects.filter(pk=key.pk).delete()
            switch(**arguments)

        monkeypatch.setattr(services, "set_access_key_enabled", switch_once_deleted)

        assert member_client().post(url).status_code == 404


class TestAccessKeyDelete:
    def test_only_its_typed_id_deletes_it(self, member_client, account):
        key = AccessKeyFactory(account=account)
        url = reverse("console:access_key_delete", args=[key.key_id])
        client = member_client()

        assert client.post(url, {"key_id": "wrong"}).status_code == 422
        assert client.post(url, {"key_id": key.key_id}).status_code == 302
        assert not AccessKey.objects.exists()


class TestPreferences:
    def test_one_of_them_can_be_changed_alone(self, member_client):
        client = member_client()

        response = client.post(reverse("console:preferences"), {"theme": "dark"}, headers=HTMX)

        client.member.refresh_from_db()
        assert (client.member.theme, client.member.blur) == ("dark", "blur")
        assert client.member.single_key_shortcuts
        kept = json.loads(response.headers["HX-Trigger"])["preferences"]
        assert kept == {"theme": "dark", "blur": "blur", "single_key_shortcuts": True}

    def test_the_first_paint_knows_them(self, member_client):
        client = member_client()
        client.post(reverse("console:preferences"), {"theme": "dark", "blur": "grayscale"})

        page = client.get(reverse("console:access_key_list")).content.decode()

        assert 'data-theme="dark" data-blur="grayscale"' in page

    def test_an_unknown_value_is_refused(self, member_client):
        response = member_client().post(reverse("console:preferences"), {"theme": "pink"})

        assert response.status_code == 422


class TestShell:
    def test_every_item_of_the_sidebar_leads_somewhere(self, member_client, account):
        install_catalogue(account=account)
        client = member_client()

        for group in NAV_GROUPS:
            for item in group.items:
                assert client.get(item.url).status_code == 200, item.url

    def test_the_security_policy_forbids_inline_code(self, member_client):
        response = member_client().get(reverse("console:preferences"))

        policy = response.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy + ";"
        assert "frame-ancestors 'none'" in policy

    def test_htmx_is_sent_to_the_sign_in_page(self, client):
        headers = HTMX | {"HX-Current-URL": "http://testserver/keys/?page=2"}

        response = client.get(reverse("console:access_key_list"), headers=headers)

        assert response.headers["HX-Redirect"] == "/account/login/?next=%2Fkeys%2F%3Fpage%3D2"

    @pytest.mark.ignore_template_errors  # allauth's own templates ask for what is not there
    @pytest.mark.parametrize(
        "address",
        [
            "/",
            "/keys/",
            "/keys/create/",
            "/account/preferences/",
            "/account/2fa/",
            "/account/password/change/",
            "/rules/coverage/",
            "/nowhere/",
        ],
    )
    def test_the_html_has_no_faults(self, address, member_client, account):
        install_catalogue(account=account)
        AccessKeyFactory.create_batch(2, account=account)

        response = member_client().get(address)

        assert faults(response.content.decode()) == []
        assert len(response.content) < 60_000 or address == "/rules/coverage/"


@pytest.mark.django_db
class TestSignIn:
    def test_the_user_name_and_the_password_sign_in(self, client):
        MemberFactory(user__username="admin")

        response = client.post("/account/login/", {"login": "admin", "password": PASSWORD})

        assert response.headers["Location"] == "/"

    def test_an_unknown_user_and_a_wrong_password_get_the_same_answer(self, client):
        MemberFactory(user__username="admin")

        wrong = client.post("/account/login/", {"login": "admin", "password": "wrong"})
        unknown = client.post("/account/login/", {"login": "nobody", "password": "wrong"})

        assert wrong.context["form"].errors == unknown.context["form"].errors
        assert "are not correct" in str(wrong.context["form"].errors)

    def test_failures_are_limited(self, client, settings):
        settings.ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,3/5m/key"}
        member = MemberFactory(user__username="admin")
        for _ in range(3):
            client.post("/account/login/", {"login": "admin", "password": "wrong"})

        response = client.post("/account/login/", {"login": "admin", "password": PASSWORD})

        assert response.status_code == 200
        assert "Too many failed login attempts" in response.content.decode()
        assert member.user.last_login is None

    def test_nobody_signs_up(self, client):
        response = client.post(
            "/account/signup/", {"username": "new", "password1": PASSWORD, "email": "a@example.com"}
        )

        assert "closed" in response.content.decode().lower()

    def test_a_user_who_is_no_member_is_told_so(self, client):
        client.force_login(UserFactory())

        response = client.get("/")

        assert response.status_code == 403
        assert "You are not a member of any account." in response.content.decode()

    def test_the_html_has_no_faults(self, client):
        assert faults(client.get("/account/login/").content.decode()) == []


class TestErrorPages:
    def test_a_broken_page_is_answered_without_the_database(self, member_client, monkeypatch):
        client = member_client()
        client.raise_request_exception = False
        monkeypatch.setattr("console.views.PreferencesForm", None)

        response = client.get(reverse("console:preferences"))

        page = response.content.decode()
        assert response.status_code == 500
        assert response.headers["X-Request-Id"] in page
        assert faults(page) == []

    def test_a_database_that_is_away_is_answered_with_a_page(self, client):
        client.raise_request_exception = False
        client.cookies["sessionid"] = "a" * 32  # pytest forbids the database here

        response = client.get("/")

        assert response.status_code == 500
        assert "Something went wrong on the server." in response.content.decode()

    def test_htmx_gets_a_toast(self, member_client):
        response = member_client(Role.VIEWER).get(reverse("console:access_key_list"), headers=HTMX)

        toast = json.loads(response.headers["HX-Trigger"])["toast"]
        assert toast == {"kind": "error", "text": "This page needs the role Administrator."}

    def test_a_form_without_its_token_is_refused_kindly(self, account):
        client = Client(enforce_csrf_checks=True)
        client.force_login(MemberFactory(account=account).user)

        response = client.post(reverse("console:preferences"), {"theme": "dark"})

        assert response.status_code == 403
        assert "The form was not accepted" in response.content.decode()
