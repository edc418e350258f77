"""The commands for members and access keys."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from console.models import AccessKey, Account, Member
from console.roles import Role
from tests.factories import AccountFactory, MemberFactory

PASSWORD = "korrekt pferd 8 batterie"


def run(*arguments: str) -> Any:
    """Run a command with --json and return what it reports; it is one line."""
    output = io.StringIO()
    call_command(*arguments, "--json", stdout=output)
    assert output.getvalue().count("\n") == 1
    return json.loads(output.getvalue())


@pytest.fixture
def account(db: None) -> Account:
    return AccountFactory.create(name="First")


class TestCreateMember:
    def test_generates_a_password_with_which_the_member_can_sign_in(self, account: Account) -> None:
        report = run("create_member", "eve", "--role", "moderator")

        member = Member.objects.get(user__username="eve")
        assert (member.account, member.role) == (account, Role.MODERATOR)
        assert member.user.check_password(report.pop("password"))
        assert report == {"username": "eve", "role": "moderator", "account": account.uid}

    def test_reads_the_password_from_standard_input_and_does_not_repeat_it(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))

        report = run("create_member", "eve", "--password-stdin")

        assert "password" not in report
        assert Member.objects.get(user__username="eve").user.check_password(PASSWORD)

    @pytest.mark.parametrize("password", ["short", "12345678901", "eveline1"])
    def test_refuses_a_weak_password(
        self, account: Account, monkeypatch: pytest.MonkeyPatch, password: str
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(password))

        with pytest.raises(CommandError, match="password"):
            run("create_member", "eveline1", "--password-stdin")

        assert not Member.objects.exists()

    def test_refuses_a_name_that_is_taken(self, account: Account) -> None:
        taken = MemberFactory.create().user.username

        with pytest.raises(CommandError, match="already exists"):
            run("create_member", taken)

    @pytest.mark.parametrize("name", ["", "two words", "x" * 151])
    def test_refuses_a_name_that_is_not_valid(self, account: Account, name: str) -> None:
        with pytest.raises(CommandError):
            run("create_member", name)

    def test_refuses_a_role_that_does_not_exist(self, account: Account) -> None:
        with pytest.raises(CommandError, match="invalid choice"):
            run("create_member", "eve", "--role", "king")


class TestCreateAccessKey:
    def test_is_of_the_first_account_and_reports_id_and_secret(self, account: Account) -> None:
        AccountFactory.create(name="Second")

        report = run("create_access_key")

        key = AccessKey.objects.get()
        assert key.account == account
        assert report == {"id": key.key_id, "secret": key.secret}

    @pytest.mark.parametrize("named_by", ["name", "uid"])
    def test_is_of_the_account_that_is_named(self, account: Account, named_by: str) -> None:
        second = AccountFactory.create(name="Second")

        run("create_access_key", "--account", getattr(second, named_by), "--name", "robot")

        assert AccessKey.objects.get().account == second
        assert AccessKey.objects.get().name == "robot"

    def test_says_how_to_get_an_account_if_there_is_none(self, db: None) -> None:
        with pytest.raises(CommandError, match=r"manage\.py create_account"):
            run("create_access_key")

    def test_refuses_an_account_that_does_not_exist(self, account: Account) -> None:
        with pytest.raises(CommandError, match="no account 'Third'"):
            run("create_access_key", "--account", "Third")

    @pytest.mark.parametrize("limit", ["0", "-1"])
    def test_refuses_a_limit_that_would_allow_nothing(self, account: Account, limit: str) -> None:
        with pytest.raises(CommandError):
            run("create_access_key", f"--qps-limit={limit}")

        assert not AccessKey.objects.exists()

    def test_prints_a_line_for_each_value_without_json(
        self, account: Account, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("create_access_key")

        key = AccessKey.objects.get()
        assert capsys.readouterr().out == f"id: {key.key_id}\nsecret: {key.secret}\n"


class TestSetAccount:
    def test_changes_only_what_is_given(self, account: Account) -> None:
        run("set_account", "--keep-originals")

        report = run("set_account", "--time-zone", "Asia/Shanghai")

        account.refresh_from_db()
        assert (account.time_zone, account.keeps_originals) == ("Asia/Shanghai", True)
        assert report == {
            "account": account.uid,
            "time_zone": "Asia/Shanghai",
            "keeps_originals": True,
        }

    def test_refuses_a_time_zone_that_does_not_exist(self, account: Account) -> None:
        with pytest.raises(CommandError, match="Europe/Berlin"):
            run("set_account", "--time-zone", "Mars/Olympus")

        account.refresh_from_db()
        assert account.time_zone == "UTC"
