"""Signed calls of cheap actions: how many a second, and what signing and HTTP add to each."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Mapping

from bench.installation import SERVICE, Installation, fresh_installation
from bench.load import send_all
from bench.served import served_bare_view, served_console
from tests.web_server import WebServer

ROUNDS = 7
REQUESTS = 1000
CONNECTIONS = 16
REPEATS = 200
CONSOLE, MODERATION = "2022-09-26", "2022-03-02"
_HELLO = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
_ACTIONS: Mapping[tuple[str, str], Mapping[str, str]] = {
    (CONSOLE, "ListImageLib"): {},
    (CONSOLE, "ListKeywordLibs"): {},
    (CONSOLE, "ListServiceConfigs"): {"ResourceType": "image"},
    (CONSOLE, "GetServiceConf"): {"ServiceCode": SERVICE},
    (CONSOLE, "GetUploadInfo"): {"Name": "x.jpg"},
    (CONSOLE, "GetScanResult"): {"ResourceType": "image"},
    (MODERATION, "DescribeUploadToken"): {},
}


def main() -> None:
    """Print the ratio with its goal, then a line for each action."""
    with (
        fresh_installation() as installation,
        served_console(installation) as api,
        served_bare_view() as bare,
    ):
        os.environ.update(installation.environment)
        _print_rate(installation, api, bare)
        _print_overheads(installation, api)


def _print_rate(installation: Installation, api: WebServer, bare: WebServer) -> None:
    for server, requests in ((bare, [_HELLO] * 200), (api, _calls(installation, 200))):
        send_all(server.port, requests, CONNECTIONS)  # warm all processes
    rates = [
        (_rate(bare, [_HELLO] * REQUESTS), _rate(api, _calls(installation, REQUESTS)))
        for _ in range(ROUNDS)
    ]
    ratio = statistics.median(called / hello for hello, called in rates)
    hello, called = (statistics.median(column) for column in zip(*rates, strict=True))
    print(f"ListImageLib: {ratio:.2f} x the calls a second of a bare view (goal 0.5)")
    print(f"    {called:.0f} a second, bare {hello:.0f}")


def _calls(installation: Installation, number: int) -> list[bytes]:
    return [installation.call(CONSOLE, "ListImageLib", {}) for _ in range(number)]


def _rate(server: WebServer, requests: list[bytes]) -> float:
    started = time.perf_counter()
    send_all(server.port, requests, CONNECTIONS)
    return len(requests) / (time.perf_counter() - started)


def _print_overheads(installation: Installation, api: WebServer) -> None:
    """Compare each call over HTTP with the function that answers it, in turns."""
    import django

    django.setup()
    from console.models import AccessKey
    from openapi.authentication import ApiCall
    from openapi.dispatch import find_handler

    key = AccessKey.objects.select_related("account").get(key_id=installation.key_id)
    for (version, action), values in _ACTIONS.items():
        call = ApiCall("", key, action, version, values, "http://127.0.0.1")
        handler = find_handler(version=version, action=action)
        alone, signed = [], []
        for _ in range(REPEATS):
            started = time.perf_counter()
            handler(call)
            alone.append(time.perf_counter() - started)
            signed += send_all(api.port, [installation.call(version, action, values)], 1)
        alone_ms, signed_ms = (statistics.median(values) * 1e3 for values in (alone, signed))
        print(f"    {action}: {signed_ms:.1f} ms, its function alone {alone_ms:.1f} ms")


if __name__ == "__main__":
    main()
