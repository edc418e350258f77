"""The members of an account: who may sign in, with which role, and who stays administrator."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from console import services
from console.errors import LastAdministrator, NameTaken
from console.models import AuditEntry, Member, User
from console.roles import Role
from tests.factories import PASSWORD, MemberFactory
from tests.html import faults

MEMBERS = "/members/"
HTMX = {"HX-Request": "true", "HX-Target": "modal"}
COPIED = re.compile(r'data-copy="([^"]+)"')


@pytest.fixture
def client(member_client):
    return member_client()


@pytest.fixture
def jo(account):
    return MemberFactory.create(account=account, user__username="j.okafor", role=Role.MODERATOR)


def may_sign_in(username, password):
    answer = Client().post("/account/login/", {"login": username, "password": password})
    return answer.headers.get("Location") == "/"


def address(member, action):
    return f"{MEMBERS}{member.pk}/{action}/"


class TestMemberList:
    def test_it_lists_the_members_of_the_account(self, client, jo):
        foreign = MemberFactory.create(user__username="stranger")
        Authenticator.objects.create(user=jo.user, type="totp", data={})

        page = client.get(MEMBERS)

        rows = {one.name: one for one in page.context["page"]}
        assert set(rows) == {client.member.name, "j.okafor"}
        assert rows["j.okafor"].has_second_factor
        assert not rows[client.member.name].has_second_factor
        assertContains(page, "Moderator")
        assertNotContains(page, foreign.user.username)
        assert faults(page.content.decode()) == []

    def test_recovery_codes_alone_are_no_second_factor(self, client, jo):
        Authenticator.objects.create(user=jo.user, type="recovery_codes", data={})

        page = client.get(MEMBERS)

        assert [one.has_second_factor for one in page.context["page"]] == [False, False]

    def test_the_queries_do_not_grow_with_the_members(
        self, client, account, django_assert_max_num_queries
    ):
        MemberFactory.create_batch(12, account=account)

        with django_assert_max_num_queries(5):
            client.get(MEMBERS)

    def test_many_members_have_pages(self, client, account, monkeypatch):
        monkeypatch.setattr("console.views.MEMBERS_PER_PAGE", 2)
        MemberFactory.create_batch(2, account=account)

        page = client.get(MEMBERS, {"page": "2"})

        assert len(page.context["page"]) == 1
        assertContains(page, "/ 3<")
        assertContains(page, "Previous")


class TestMemberCreate:
    def test_a_generated_password_is_shown_once_and_signs_in(self, client):
        response = client.post(MEMBERS + "create/", {"username": "mei.tan", "role": "moderator"})

        username, password = COPIED.findall(response.content.decode())
        member = Member.objects.get(user__username="mei.tan")
        assert (username, member.role, member.account) == (
            "mei.tan",
            Role.MODERATOR,
            client.member.account,
        )
        assert may_sign_in("mei.tan", password)
        assert "no-store" in response.headers["Cache-Control"]
        assertNotContains(client.get(MEMBERS), password)
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.subject, entry.actor) == (
            "member.create",
            "mei.tan",
            client.member,
        )
        assert password not in str(entry.details)

    def test_a_password_of_ones_own_is_not_shown(self, client):
        fields = {"username": "mei.tan", "role": "viewer", "password": PASSWORD}

        response = client.post(MEMBERS + "create/", fields, follow=True)

        assertRedirects(response, MEMBERS)
        assertNotContains(response, PASSWORD)
        assert may_sign_in("mei.tan", PASSWORD)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"username": ""},
            {"username": "a b"},
            {"username": "J.Okafor"},
            {"email": "JO@example.org"},
            {"email": "no address"},
            {"role": "king"},
            {"password": "12345678"},
            {"password": "eveline-1", "username": "eveline-1"},
        ],
    )
    def test_what_is_wrong_is_said_with_422(self, wrong, client, jo):
        User.objects.filter(pk=jo.user_id).update(email="jo@example.org")
        fields = {"username": "mei.tan", "role": "viewer"} | wrong

        response = client.post(MEMBERS + "create/", fields, headers=HTMX)

        assertContains(response, 'aria-invalid="true"', status_code=422)
        assert account_size(jo) == 2

    def test_a_name_that_was_taken_meanwhile_is_said_kindly(self, client, monkeypatch):
        def meanwhile(**values):
            MemberFactory.create(user__username=values["username"])
            return create(**values)

        create = services.create_member
        monkeypatch.setattr(services, "create_member", meanwhile)

        response = client.post(
            MEMBERS + "create/", {"username": "mei.tan", "role": "viewer"}, headers=HTMX
        )

        assertContains(response, "Somebody signs in with this name already.", status_code=422)


def account_size(member):
    return Member.objects.filter(account=member.account).count()


class TestMemberRole:
    def test_it_is_changed_and_written_down(self, client, jo):
        response = client.post(address(jo, "role"), {"role": "policy_manager"})

        jo.refresh_from_db()
        assertRedirects(response, MEMBERS)
        assert jo.role == Role.POLICY_MANAGER
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.subject, entry.details) == (
            "member.role",
            "j.okafor",
            {"role": {"before": "moderator", "after": "policy_manager"}},
        )

    def test_the_same_role_writes_nothing(self, client, jo):
        client.post(address(jo, "role"), {"role": "moderator"})

        assert not AuditEntry.objects.exists()

    def test_the_last_administrator_stays_one(self, client, jo):
        response = client.post(address(client.member, "role"), {"role": "viewer"}, headers=HTMX)

        client.member.refresh_from_db()
        assertContains(response, "is the last active administrator", status_code=422)
        assert client.member.role == Role.ADMINISTRATOR
        assert not AuditEntry.objects.exists()

    def test_one_of_two_may_step_down_and_is_led_to_the_overview(self, client, account):
        MemberFactory.create(account=account)

        response = client.post(address(client.member, "role"), {"role": "viewer"}, headers=HTMX)

        assert response.headers["HX-Redirect"] == "/"
        assert client.get(MEMBERS).status_code == 403


class TestMemberDeactivate:
    def test_they_are_signed_out_and_cannot_sign_in(self, client, jo):
        theirs = Client()
        theirs.force_login(jo.user)

        client.post(address(jo, "deactivate"))

        assert theirs.get("/").headers["Location"].startswith("/account/login/")
        assert not may_sign_in("j.okafor", PASSWORD)
        assertContains(client.get(MEMBERS), "Deactivated")
        assert AuditEntry.objects.get().action == "member.deactivate"

    def test_at_sign_in_they_are_told_why(self, client, jo):
        client.post(address(jo, "deactivate"))

        page = Client().post(
            "/account/login/", {"login": "j.okafor", "password": PASSWORD}, follow=True
        )

        assertContains(page, "An administrator has deactivated you.")
        assertContains(page, 'href="/account/login/"')

    def test_they_are_reactivated(self, client, jo):
        client.post(address(jo, "deactivate"))

        response = client.post(address(jo, "reactivate"))

        assertRedirects(response, MEMBERS)
        assert may_sign_in("j.okafor", PASSWORD)
        assert AuditEntry.objects.first().action == "member.reactivate"

    def test_the_last_administrator_stays_active(self, client, account):
        MemberFactory.create(account=account, user__is_active=False)
        MemberFactory.create()  # of another account

        response = client.post(address(client.member, "deactivate"), headers=HTMX)

        client.member.user.refresh_from_db()
        assertContains(response, "is the last active administrator", status_code=422)
        assert client.member.user.is_active

    def test_of_two_who_deactivate_each_other_one_stays(self, client, account):
        other = MemberFactory.create(account=account)
        services.set_member_active(member=client.member, active=False, author=other)

        with pytest.raises(LastAdministrator):
            services.set_member_active(member=other, active=False, author=client.member)

        assert account.members.active_administrators().get() == other


class TestMemberPassword:
    def test_the_new_one_is_shown_once_and_ends_sessions(self, client, jo):
        theirs = Client()
        theirs.force_login(jo.user)

        response = client.post(address(jo, "password"))

        password = COPIED.findall(response.content.decode())[1]
        assert theirs.get("/").headers["Location"].startswith("/account/login/")
        assert may_sign_in("j.okafor", password)
        assert not may_sign_in("j.okafor", PASSWORD)
        assert "no-store" in response.headers["Cache-Control"]
        assert AuditEntry.objects.get().details == {"second_factor_dropped": False}

    @pytest.mark.parametrize("is_dropped", [True, False])
    def test_the_second_factor_goes_only_when_that_is_asked(self, is_dropped, client, jo):
        for kind in ("totp", "recovery_codes"):
            Authenticator.objects.create(user=jo.user, type=kind, data={})
        assertContains(client.get(address(jo, "password")), "drop_second_factor")

        client.post(address(jo, "password"), {"drop_second_factor": "on"} if is_dropped else {})

        assert Authenticator.objects.filter(user=jo.user).exists() is not is_dropped

    def test_ones_own_is_changed_elsewhere(self, client):
        response = client.post(address(client.member, "password"))

        assert response.headers["Location"] == "/account/password/change/"
        assert may_sign_in(client.member.user.username, PASSWORD)


class TestRefusals:
    @pytest.mark.parametrize("action", ["role", "password", "deactivate", "reactivate"])
    def test_a_foreign_member_is_not_there(self, action, client):
        foreign = MemberFactory.create(role=Role.VIEWER)

        response = client.post(address(foreign, action), {"role": "administrator"})

        foreign.refresh_from_db()
        assert response.status_code == 404
        assert (foreign.role, foreign.user.is_active) == (Role.VIEWER, True)

    @pytest.mark.parametrize("action", ["role", "password", "deactivate", "reactivate"])
    def test_only_administrators_change_members(self, action, member_client, jo):
        response = member_client(Role.POLICY_MANAGER).post(address(jo, action))

        assert response.status_code == 403

    def test_a_name_is_taken_once(self, jo, account):
        with pytest.raises(NameTaken):
            services.create_member(
                account=account, username="j.okafor", password=PASSWORD, role=Role.VIEWER
            )
