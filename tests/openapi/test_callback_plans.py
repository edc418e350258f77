"""Notification plans: who is to hear of asynchronous results, and that they do."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.utils import timezone

from console.models import AuditEntry
from openapi.asynchronous import courier, work
from openapi.asynchronous.models import AsyncTask, CallbackPlan, Delivery
from openapi.services import MAX_PLANS, change_plan
from tests.factories import AccessKeyFactory, DetectionResultFactory
from tests.openapi.callback_receiver import LOOPBACK, callback_receiver
from tests.openapi.console_calls import ConsoleClient
from tests.openapi.signing import PLAIN_SECRET

pytestmark = pytest.mark.django_db

URL = "https://example.com/done"


@pytest.fixture
def ask(account):
    """Call an action with a key of the account: ask("ListCallback")."""
    return ConsoleClient(AccessKeyFactory.create(account=account, plain_secret=PLAIN_SECRET))


def finish(account, risk_level: str = "high") -> AsyncTask:
    """Finish a task of the account whose result was stored already."""
    task = AsyncTask.objects.create(
        account=account,
        request_id=f"{AsyncTask.objects.count():036}",
        due_at=timezone.now(),
    )
    if risk_level:
        DetectionResultFactory.create(
            account=account, request_id=task.request_id, risk_level=risk_level
        )
    work.moderate(task.pk)
    task.refresh_from_db()
    return task


class TestActions:
    def test_a_plan_is_created_with_a_seed_and_listed(self, ask, account):
        plan_id = ask.data("CreateCallback", Name="Moderation desk", Url=URL)

        (document,) = ask.data("ListCallback")
        assert (document["Id"], document["Name"], document["Url"]) == (
            plan_id,
            "Moderation desk",
            URL,
        )
        assert (document["CryptType"], document["Scope"]) == ("SHA256", "all")
        assert document["Uid"] == account.uid
        assert len(document["Seed"]) == 32
        assert document["Seed"].isalnum()
        assert AuditEntry.objects.filter(action="callback_plan.create").exists()

    def test_seeds_differ(self, ask):
        for name in "ab":
            ask("CreateCallback", Name=name, Url=URL)

        assert len({plan["Seed"] for plan in ask.data("ListCallback")}) == 2

    def test_only_what_a_call_names_is_changed(self, ask):
        plan_id = ask.data("CreateCallback", Name="Desk", Url=URL, CryptType="sm3", Scope="high")

        assert ask.data("ModifyCallback", Id=plan_id, Scope="MEDIUM, high,low") is True

        plan = ask("QueryCallback", Id=plan_id)
        assert (plan["Name"], plan["Url"], plan["CryptType"]) == ("Desk", URL, "SM3")
        assert plan["Scope"] == "low,medium,high"
        assert plan["ExistsOssCheckTask"] is False

    def test_a_deleted_plan_is_unknown(self, ask):
        plan_id = ask.data("CreateCallback", Name="Desk", Url=URL)

        assert ask.data("DeleteCallback", Id=plan_id) is True

        assert ask.response("QueryCallback", Id=plan_id)[0] == 400

    def test_pages(self, ask):
        for number in range(3):
            ask("CreateCallback", Name=f"Desk {number}", Url=URL)

        page = ask("QueryCallbackByPage", CurrentPage=2, PageSize=2)

        assert (page["CurrentPage"], page["PageSize"], page["TotalCount"]) == (2, 2, 3)
        assert [plan["Name"] for plan in page["Items"]] == ["Desk 2"]

    @pytest.mark.parametrize(
        ("parameters", "code"),
        [
            ({"Url": URL}, "MissingParameter"),
            ({"Name": "Desk"}, "MissingParameter"),
            ({"Name": "n" * 65, "Url": URL}, "InvalidParameter"),
            ({"Name": "a\0b", "Url": URL}, "InvalidParameter"),
            ({"Name": "Desk", "Url": "ftp://example.com/"}, "InvalidParameter"),
            ({"Name": "Desk", "Url": URL + "x" * 2048}, "InvalidParameter"),
            ({"Name": "Desk", "Url": URL, "CryptType": "MD5"}, "InvalidParameter"),
            ({"Name": "Desk", "Url": URL, "Scope": "everything"}, "InvalidParameter"),
            ({"Name": "Desk", "Url": URL, "Scope": "all,high"}, "InvalidParameter"),
        ],
    )
    def test_bad_parameters_are_refused(self, ask, parameters, code):
        status, answer = ask.response("CreateCallback", **parameters)

        assert (status, answer["Code"]) == (400, code)
        assert not CallbackPlan.objects.exists()

    def test_there_are_not_too_many(self, ask):
        for _ in range(MAX_PLANS):
            ask("CreateCallback", Name="Desk", Url=URL)

        assert ask.response("CreateCallback", Name="Desk", Url=URL)[0] == 400

    @pytest.mark.parametrize("action", ["QueryCallback", "ModifyCallback", "DeleteCallback"])
    def test_plans_of_other_accounts_are_unknown(self, ask, action):
        other = ConsoleClient(AccessKeyFactory.create(plain_secret=PLAIN_SECRET))
        plan_id = other.data("CreateCallback", Name="Desk", Url=URL)

        assert ask.response(action, Id=plan_id)[0] == 400
        assert ask.data("ListCallback") == []

    def test_a_plan_that_was_deleted_meanwhile_is_not_changed(self, ask, account):
        ask("CreateCallback", Name="Desk", Url=URL)
        plan, key = CallbackPlan.objects.get(), account.access_keys.get()
        CallbackPlan.objects.all().delete()

        with pytest.raises(CallbackPlan.DoesNotExist):
            change_plan(plan=plan, author=key, name="Another")


class TestNotifying:
    def test_the_receiver_of_a_plan_hears_of_a_result(self, ask, account, settings):
        settings.FETCH_ALLOWED_NETWORKS = [LOOPBACK]
        with callback_receiver() as receiver:
            ask("CreateCallback", Name="Desk", Url=f"{receiver.address}/ok")
            task = finish(account)
            courier.deliver_due()

        (form,) = receiver.forms
        (plan,) = ask.data("ListCallback")
        signed = f"{plan['Uid']}{plan['Seed']}{form['content']}".encode()
        assert form["checksum"] == hashlib.sha256(signed).hexdigest()
        assert json.loads(form["content"])["Data"]["ReqId"] == task.request_id

    @pytest.mark.parametrize(
        ("scope", "risk_level", "count"),
        [
            ("all", "none", 1),
            ("all", "", 1),  # a task that failed
            ("high,medium", "high", 1),
            ("high,medium", "none", 0),
            ("high,medium", "", 0),
        ],
    )
    def test_only_results_in_scope_are_sent(self, ask, account, scope, risk_level, count):
        ask("CreateCallback", Name="Desk", Url=URL, Scope=scope)

        finish(account, risk_level)

        assert Delivery.objects.count() == count

    def test_other_accounts_hear_nothing(self, account):
        other = ConsoleClient(AccessKeyFactory.create(plain_secret=PLAIN_SECRET))
        other("CreateCallback", Name="Desk", Url=URL)

        finish(account)

        assert not Delivery.objects.exists()

    def test_what_waits_for_a_plan_goes_with_it(self, ask, account):
        plan_id = ask.data("CreateCallback", Name="Desk", Url=URL)
        finish(account)

        ask("DeleteCallback", Id=plan_id)

        assert not Delivery.objects.exists()
