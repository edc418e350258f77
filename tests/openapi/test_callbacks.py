"""Notifications of asynchronous results: signed, repeated, and never in anybody's way."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from openapi.asynchronous import courier
from openapi.asynchronous.callback import checksum
from openapi.asynchronous.models import AsyncTask, Delivery
from openapi.asynchronous.posting import NotAccepted, post_form
from tests.openapi.callback_receiver import LOOPBACK, Receiver, callback_receiver

pytestmark = pytest.mark.django_db(transaction=True)

ANSWER = json.dumps(
    {"Code": 200, "Msg": "OK", "Data": {"DataId": "中文 & = +"}}, ensure_ascii=False
)
SEED = "a_Seed_1"


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    settings.FETCH_ALLOWED_NETWORKS = [LOOPBACK]
    with callback_receiver() as running:
        yield running


@pytest.fixture
def make_delivery(account) -> Callable[..., Delivery]:
    """Make a notification of a finished task that is due now: make_delivery(url)."""

    def make(url: str, crypt_type: str = "SHA256") -> Delivery:
        task = AsyncTask.objects.create(
            account=account,
            request_id=f"{AsyncTask.objects.count():036}",
            state="done",
            answer=ANSWER,
            due_at=timezone.now(),
        )
        delivery = Delivery.of(task, url=url, seed=SEED, crypt_type=crypt_type)
        delivery.save()
        return delivery

    return make


class TestChecksum:
    def test_it_is_the_hash_of_uid_seed_and_content(self):
        expected = hashlib.sha256(b"1234seedtext").hexdigest()

        made = checksum(uid="1234", seed="seed", content="text", crypt_type="SHA256")

        assert made == expected

    def test_sm3_hashes_as_its_standard_says(self):
        """GB/T 32905-2016, appendix A.1: the hash of "abc"."""
        expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"

        assert checksum(uid="a", seed="b", content="c", crypt_type="SM3") == expected


class TestDelivering:
    @pytest.mark.parametrize("crypt_type", ["SHA256", "SM3"])
    def test_the_receiver_can_check_what_it_got(self, receiver, make_delivery, account, crypt_type):
        delivery = make_delivery(f"{receiver.address}/ok?a=b", crypt_type)

        assert courier.deliver_due() == 1

        (form,) = receiver.forms
        assert set(form) == {"content", "checksum"}
        assert form["content"] == ANSWER
        name = {"SHA256": "sha256", "SM3": "sm3"}[crypt_type]
        signed = f"{account.uid}{SEED}{ANSWER}".encode()
        assert form["checksum"] == hashlib.new(name, signed).hexdigest()
        assert receiver.headers[0]["Content-Type"].startswith("application/x-www-form-urlencoded")
        delivery.refresh_from_db()
        assert (delivery.state, delivery.attempts, delivery.error) == ("done", 1, "")

    def test_it_is_sent_once(self, receiver, make_delivery):
        make_delivery(f"{receiver.address}/ok")

        courier.deliver_due()
        courier.deliver_due()

        assert len(receiver.forms) == 1

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("error", "answered 500"),
            ("accepted", "answered 202"),
            ("elsewhere", "answered 302"),
            ("nonsense", "connection failed"),
            ("hangs_up", "connection failed"),
        ],
    )
    def test_anything_but_200_is_tried_again_later(self, receiver, make_delivery, path, words):
        delivery = make_delivery(f"{receiver.address}/{path}")

        assert courier.deliver_due() == 1

        delivery.refresh_from_db()
        assert words in delivery.error
        assert delivery.state == "queued"
        assert delivery.due_at > timezone.now()
        assert receiver.paths == [f"/{path}"]  # a redirect is not followed

    def test_a_receiver_that_is_gone_is_tried_again_later(self, make_delivery, settings):
        settings.FETCH_ALLOWED_NETWORKS = [LOOPBACK]
        with callback_receiver() as receiver:
            delivery = make_delivery(f"{receiver.address}/ok")

        courier.deliver_due()

        delivery.refresh_from_db()
        assert (delivery.state, delivery.attempts) == ("queued", 1)

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:1/",
            "http://[::1]/",
            "http://10.0.0.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://user:password@example.com/",
        ],
    )
    def test_nothing_is_sent_to_private_addresses(self, make_delivery, url):
        delivery = make_delivery(url)

        courier.deliver_due()

        delivery.refresh_from_db()
        assert "public address" in delivery.error

    def test_pauses_grow_and_end_after_16_attempts(self, receiver, make_delivery):
        delivery = make_delivery(f"{receiver.address}/error")
        pauses = []

        for _ in range(20):
            courier.deliver_due()
            delivery.refresh_from_db()
            pauses.append(delivery.due_at - timezone.now())
            Delivery.objects.update(due_at=timezone.now())

        assert len(receiver.forms) == 16
        assert delivery.state == "failed"
        growing = [courier.pause_after(attempts) for attempts in range(1, 16)]
        assert all(shorter <= longer for shorter, longer in pairwise(growing))
        assert (growing[0], growing[-1]) == (timedelta(seconds=10), timedelta(hours=1))
        assert pauses[0] > timedelta(seconds=5)


@pytest.mark.parametrize("path", ["endless", "silent"])
def test_a_slow_receiver_is_cut_off(receiver, path):
    started = time.monotonic()

    with pytest.raises(NotAccepted, match="no answer within"):
        post_form(f"{receiver.address}/{path}", {"content": "x"}, timeout_s=0.3)

    assert time.monotonic() - started < 5


class TestThreads:
    @pytest.fixture(autouse=True)
    def impatient(self, monkeypatch):
        """Wait for receivers no longer than the tests want to."""

        def post(url: str, fields: dict[str, str]) -> None:
            post_form(url, fields, timeout_s=2.0)

        monkeypatch.setattr(courier, "post_form", post)

    def test_a_silent_receiver_holds_up_no_other(self, receiver, make_delivery):
        for _ in range(courier.THREADS + 2):
            make_delivery(f"{receiver.address}/silent")
        good = make_delivery(f"{receiver.address.replace('127.0.0.1', 'localhost')}/ok")
        started = time.monotonic()

        for _ in range(courier.THREADS + 2):
            courier.wake()
        while Delivery.objects.get(pk=good.pk).state != "done":
            assert time.monotonic() - started < 30
            time.sleep(0.01)

        busy = Delivery.objects.filter(state="running").count()
        receiver.has_ended.set()
        wait_until_idle()
        assert busy <= courier.THREADS_OF_ONE_HOST + 1

    def test_waking_returns_at_once(self, receiver, make_delivery):
        make_delivery(f"{receiver.address}/silent")
        started = time.monotonic()

        courier.wake()

        assert time.monotonic() - started < 1
        receiver.has_ended.set()
        wait_until_idle()

    def test_what_a_dead_process_was_sending_is_sent_by_another(self, receiver, make_delivery):
        delivery = make_delivery(f"{receiver.address}/ok")
        long_ago = timezone.now() - Delivery.LEASE * 2
        Delivery.objects.update(state="running", claimed_at=long_ago, claimed_by="gone 1 x")

        courier.take_back()
        courier.deliver_due()

        delivery.refresh_from_db()
        assert delivery.state == "done"


def test_what_kills_the_process_that_sends_it_is_given_up(make_delivery):
    delivery = make_delivery("http://127.0.0.1:1/")
    long_ago = timezone.now() - Delivery.LEASE * 2
    Delivery.objects.update(state="running", attempts=16, claimed_at=long_ago, claimed_by="x 1 y")

    courier.take_back()

    delivery.refresh_from_db()
    assert delivery.state == "failed"


def wait_until_idle() -> None:
    deadline = time.monotonic() + 30
    while courier._running:
        assert time.monotonic() < deadline
        time.sleep(0.01)
