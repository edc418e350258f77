"""From where a request came, and which one is being answered."""

import pytest

from console.tracing import Trace, client_address, current_trace, traced


class TestClientAddress:
    @pytest.mark.parametrize(
        ("trusted", "forwarded", "address"),
        [
            (0, "203.0.113.9", "192.0.2.1"),  # nobody vouches for it
            (1, "203.0.113.9", "203.0.113.9"),
            (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),  # the first was sent by whoever asked
            (2, "10.0.0.1, 203.0.113.9, 198.51.100.2", "203.0.113.9"),
            (2, "198.51.100.2", "198.51.100.2"),
            (1, "", "192.0.2.1"),
            (1, "unknown", None),
            (1, "2001:db8::1", "2001:db8::1"),
        ],
    )
    def test_only_trusted_proxies_are_believed(self, rf, settings, trusted, forwarded, address):
        settings.TRUSTED_PROXIES = trusted
        request = rf.get("/", REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": forwarded})

        assert client_address(request) == address

    def test_a_socket_has_no_address(self, rf):
        assert client_address(rf.get("/", REMOTE_ADDR="")) is None


class TestTraced:
    def test_a_request_within_another_has_its_own_id_and_the_same_address(self):
        with traced("PAGE", "192.0.2.1"):
            with traced("CALL", None):
                assert current_trace() == Trace("CALL", "192.0.2.1")
            assert current_trace() == Trace("PAGE", "192.0.2.1")

        assert current_trace() == Trace()
