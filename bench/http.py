"""B10: processor time of a signed detection call, its engine a stub, against a bare view."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from bench.installation import Installation, fresh_installation
from bench.load import cpu_s, send_all
from bench.served import served_bare_view, served_console
from tests.web_server import WebServer

ROUNDS = 7
REQUESTS = 2000
CONNECTIONS = 16
_HELLO = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@dataclass(frozen=True)
class Round:
    """One server's part of a round: microseconds of processor a request, milliseconds of wait."""

    cpu_us: float
    p50_ms: float
    p99_ms: float


def main() -> None:
    """Print the ratio, with its goal."""
    with (
        fresh_installation() as installation,
        served_console(installation, "bench.stub:serving_application") as api,
        served_bare_view() as bare,
    ):
        _measure(bare, [_HELLO] * 200)
        _measure(api, _calls(installation, 200))
        rounds = [
            (_measure(bare, [_HELLO] * REQUESTS), _measure(api, _calls(installation, REQUESTS)))
            for _ in range(ROUNDS)
        ]
    ratios = [api.cpu_us / bare.cpu_us for bare, api in rounds]
    bare_us = statistics.median(bare.cpu_us for bare, _ in rounds)
    api_us = statistics.median(api.cpu_us for _, api in rounds)
    p50_ms = statistics.median(api.p50_ms for _, api in rounds)
    p99_ms = statistics.median(api.p99_ms for _, api in rounds)
    print(f"B10 signed call, stub engine: {statistics.median(ratios):.2f} x a bare view (goal 2.5)")
    print(f"    processor time a request: {api_us:.0f} µs, bare {bare_us:.0f} µs")
    print(f"    p99 {p99_ms:.1f} ms is {p99_ms / p50_ms:.1f} x p50 {p50_ms:.1f} ms (goal 10)")


def _calls(installation: Installation, number: int) -> list[bytes]:
    return [installation.request("https://example.com/picture.jpg") for _ in range(number)]


def _measure(server: WebServer, requests: list[bytes]) -> Round:
    before = cpu_s(server.pid)
    durations = send_all(server.port, requests, CONNECTIONS)
    cpu_us = (cpu_s(server.pid) - before) / len(requests) * 1e6
    percentiles = statistics.quantiles(durations, n=100)
    return Round(cpu_us, percentiles[49] * 1e3, percentiles[98] * 1e3)


if __name__ == "__main__":
    main()
