"""Keys, dates and nonces of signed calls."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from django.utils import timezone

from console.models import AccessKey, UsedNonce
from console.services import set_account
from openapi.lookups import key_of, read_key
from openapi.nonces import digest_of, forget_old_nonces
from openapi.tasks import forget_old_nonces as forget_old_nonces_task
from openapi.wire import FORM
from tests.factories import AccessKeyFactory
from tests.openapi.calls import call, moderate, send
from tests.openapi.signing import PLAIN_SECRET, signed_headers

pytestmark = pytest.mark.django_db


def code_of(response: Any) -> tuple[int, Any]:
    return response.status_code, json.loads(response.content)["Code"]


SERVICE = "baselineCheck_global"
PASSED = (200, 400)  # through the signature: the action itself misses its parameters


class TestAcs3:
    def test_a_good_call_reaches_its_action(self, access_key):
        assert code_of(call(access_key.key_id)) == PASSED

    def test_a_wrong_secret_is_refused(self, access_key):
        response = call(access_key.key_id, secret="another")

        assert code_of(response) == (400, "SignatureDoesNotMatch")
        assert "x-acs-action:ImageModeration" in json.loads(response.content)["Message"]

    @pytest.mark.parametrize("late", [timedelta(minutes=16), timedelta(minutes=-16)])
    def test_a_date_more_than_fifteen_minutes_off_is_refused(self, access_key, late):
        response = call(access_key.key_id, late=late)

        assert code_of(response) == (400, "InvalidTimeStamp.Expired")

    def test_an_unknown_key_is_not_found(self, access_key):
        assert code_of(call("LTAIunknown")) == (404, "InvalidAccessKeyId.NotFound")

    def test_a_disabled_key_is_refused_at_once(self, access_key):
        call(access_key.key_id)
        AccessKey.objects.filter(pk=access_key.pk).update(enabled=False)

        assert code_of(call(access_key.key_id)) == (400, "InvalidAccessKeyId.Inactive")

    def test_a_disabled_key_is_named_whatever_else_is_wrong(self, access_key):
        call(access_key.key_id)
        AccessKey.objects.filter(pk=access_key.pk).update(enabled=False)

        response = call(access_key.key_id, secret="another")

        assert code_of(response) == (400, "InvalidAccessKeyId.Inactive")

    def test_a_call_with_a_disabled_key_uses_no_nonce_up(self, access_key):
        call(access_key.key_id)
        AccessKey.objects.filter(pk=access_key.pk).update(enabled=False)
        headers = signed_headers(access_key.key_id)
        send(headers)
        AccessKey.objects.filter(pk=access_key.pk).update(enabled=True)

        assert code_of(send(headers)) == PASSED

    def test_a_deleted_key_is_refused_at_once(self, access_key):
        call(access_key.key_id)
        access_key.delete()

        assert code_of(call(access_key.key_id)) == (404, "InvalidAccessKeyId.NotFound")

    @pytest.mark.usefixtures("submissions")
    def test_what_is_changed_of_a_key_holds_at_once(self, access_key):
        picture = {"imageUrl": "https://example.com/picture.jpg"}
        moderate(access_key.key_id, SERVICE, picture)
        AccessKey.objects.filter(pk=access_key.pk).update(qps_limit=0)

        assert moderate(access_key.key_id, SERVICE, picture)["Code"] == 403

    def test_what_is_changed_of_an_account_holds_at_once(self, access_key, submissions):
        picture = {"imageUrl": "https://example.com/picture.jpg"}
        moderate(access_key.key_id, SERVICE, picture)
        account = access_key.account
        set_account(account=account, time_zone="Asia/Shanghai", keeps_originals=True)

        moderate(access_key.key_id, SERVICE, picture)

        known = submissions[-1].access_key.account
        assert (known.time_zone, known.keeps_originals) == ("Asia/Shanghai", True)

    def test_a_security_token_is_refused(self, access_key):
        response = call(access_key.key_id, extra={"x-acs-security-token": "token"})

        assert code_of(response) == (400, "InvalidSecurityToken.MismatchWithAccessKey")

    def test_a_secret_that_cannot_be_read_any_more_says_what_happened(self, account):
        key = AccessKeyFactory(account=account, encrypted_secret=b"of another installation")

        response = call(key.key_id)

        assert code_of(response) == (400, "InvalidAccessKeyId.Inactive")
        assert "SECRET_KEY" in json.loads(response.content)["Message"]

    def test_the_use_of_a_key_is_noted_once_a_minute(self, access_key):
        call(access_key.key_id)
        access_key.refresh_from_db()
        first_use = access_key.last_used_at

        call(access_key.key_id)
        access_key.refresh_from_db()

        assert first_use is not None
        assert access_key.last_used_at == first_use

    def test_a_later_use_of_a_known_key_is_noted(self, access_key, monkeypatch):
        call(access_key.key_id)
        long_ago = timezone.now() - timedelta(minutes=2)
        AccessKey.objects.filter(pk=access_key.pk).update(last_used_at=long_ago)
        monkeypatch.setattr("openapi.authentication._USE_IS_NOTED_EVERY", timedelta())

        call(access_key.key_id)

        access_key.refresh_from_db()
        assert access_key.last_used_at > long_ago + timedelta(minutes=1)

    def test_an_old_use_of_a_key_is_replaced(self, access_key):
        long_ago = timezone.now() - timedelta(minutes=2)
        AccessKey.objects.filter(pk=access_key.pk).update(last_used_at=long_ago)

        call(access_key.key_id)

        access_key.refresh_from_db()
        assert access_key.last_used_at > long_ago + timedelta(minutes=1)


class TestNonces:
    def test_a_call_that_is_sent_twice_is_refused(self, access_key):
        headers = signed_headers(access_key.key_id)

        first, second = send(headers), send(headers)

        assert code_of(first) == PASSED
        assert code_of(second) == (400, "SignatureNonceUsed")

    def test_another_key_may_use_the_same_nonce(self, access_key):
        other = AccessKeyFactory(account=access_key.account)
        call(access_key.key_id, nonce="same")

        assert code_of(call(other.key_id, nonce="same")) == PASSED

    def test_a_call_that_is_refused_uses_no_nonce_up(self, access_key):
        call(access_key.key_id, nonce="once", secret="another")

        assert code_of(call(access_key.key_id, nonce="once")) == PASSED

    def test_a_nonce_that_is_too_long_is_refused(self, access_key):
        response = call(access_key.key_id, nonce="n" * 129)

        assert code_of(response) == (400, "InvalidParameter")

    def test_nonces_are_kept_for_thirty_minutes(self):
        now = timezone.now()
        for digest, minutes in ((1, 31), (2, 29)):
            UsedNonce.objects.create(digest=digest, used_at=now - timedelta(minutes=minutes))

        assert forget_old_nonces(now) == 1
        assert [nonce.digest for nonce in UsedNonce.objects.all()] == [2]

    def test_any_number_of_old_nonces_is_forgotten(self, monkeypatch):
        monkeypatch.setattr("openapi.nonces._FORGOTTEN_AT_ONCE", 2)
        used_at = timezone.now() - timedelta(hours=1)
        for digest in range(5):
            UsedNonce.objects.create(digest=digest, used_at=used_at)

        assert forget_old_nonces(timezone.now()) == 5

    def test_the_worker_forgets_old_nonces(self):
        used_at = timezone.now() - timedelta(hours=1)
        UsedNonce.objects.create(digest=1, used_at=used_at)

        forget_old_nonces_task()

        assert not UsedNonce.objects.exists()

    def test_digests_fit_the_column(self):
        digests = [digest_of(1, str(number)) for number in range(1000)]

        assert len(set(digests)) == 1000
        assert -(2**63) <= min(digests) < 0 < max(digests) < 2**63

    def test_a_good_call_costs_one_query(self, access_key, django_assert_num_queries):
        call(access_key.key_id)

        with django_assert_num_queries(1):  # the nonce, and whether the key is as it was
            assert code_of(call(access_key.key_id)) == PASSED

    def test_what_storing_a_result_needs_of_the_account_comes_with_the_key(
        self, access_key, django_assert_num_queries
    ):
        row, _ = read_key(access_key.key_id, used_before=timezone.now())
        key = key_of(row)

        with django_assert_num_queries(0):
            assert key.account.time_zone == "UTC"
            assert key.account.keeps_originals is False


class TestHmacSha1:
    def parameters(self, key_id: str, **changes: str) -> dict[str, str]:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "AccessKeyId": key_id,
            "Action": "ImageModeration",
            "Version": "2022-03-02",
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": secrets.token_hex(8),
            "SignatureType": "",
            "Timestamp": now,
            **changes,
        }

    def signed(self, method: str, parameters: dict[str, str]) -> dict[str, str]:
        query = urlencode(sorted(parameters.items()), quote_via=quote, safe="~")
        text = f"{method}&%2F&{quote(query, safe='~')}"
        digest = hmac.new(f"{PLAIN_SECRET}&".encode(), text.encode(), hashlib.sha1).digest()
        return parameters | {"Signature": base64.b64encode(digest).decode()}

    def test_everything_may_be_in_the_query(self, access_key):
        query = urlencode(self.signed("GET", self.parameters(access_key.key_id)))

        assert code_of(Client().get(f"/?{query}")) == PASSED

    def test_everything_may_be_in_the_form(self, access_key):
        body = urlencode(self.signed("POST", self.parameters(access_key.key_id)))

        assert code_of(Client().post("/", body, FORM)) == PASSED

    def test_a_call_that_is_sent_twice_is_refused(self, access_key):
        query = urlencode(self.signed("GET", self.parameters(access_key.key_id)))
        Client().get(f"/?{query}")

        assert code_of(Client().get(f"/?{query}")) == (400, "SignatureNonceUsed")

    def test_a_json_body_is_not_signed_and_does_not_count(self, access_key, submissions):
        query = urlencode(self.signed("POST", self.parameters(access_key.key_id)))
        body = json.dumps({"Service": "baselineCheck", "ServiceParameters": {"imageUrl": "x"}})

        response = Client().post(f"/?{query}", body, "application/json")

        assert code_of(response) == (200, 400)  # Service is missing
        assert submissions == []

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"SignatureMethod": "HMAC-SHA256"}, "InvalidParameter"),
            ({"SignatureVersion": "2.0"}, "InvalidParameter"),
            ({"Timestamp": "2020-01-01T00:00:00Z"}, "InvalidTimeStamp.Expired"),
            ({"Timestamp": "yesterday"}, "InvalidTimeStamp.Format"),
            ({"SecurityToken": "token"}, "InvalidSecurityToken.MismatchWithAccessKey"),
            ({"SignatureNonce": ""}, "MissingParameter"),
            ({"SignatureNonce": "null\0character"}, "InvalidParameter"),
        ],
    )
    def test_bad_parameters_are_refused(self, access_key, changes, code):
        parameters = self.parameters(access_key.key_id, **changes)

        response = Client().get(f"/?{urlencode(self.signed('GET', parameters))}")

        assert code_of(response) == (400, code)
