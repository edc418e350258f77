"""A signed call over HTTP against the pipeline alone, on the same picture by the same URL."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from bench.installation import SERVICE, Installation
from bench.load import send_all
from bench.served import measured_console
from tests.processes import peak_memory_mb
from tests.web_server import WebServer

ROUNDS = 30
IMAGES = 12
THROUGHPUT_ROUNDS = 3
CLIENTS = (1, 2, 3, 4)


def main() -> None:
    """Print what signing, HTTP and parsing add, images a second, and memory."""
    with measured_console() as (installation, server, url):
        moderate = _pipeline(url)
        _print_latency(installation, server, url, moderate)
        _print_authentication(installation, url)
        _print_throughput(installation, server, url)
        print(f"web process, peak memory: {max(peak_memory_mb(server.pid))} MB")


def _pipeline(url: str) -> Callable[[], object]:
    """Return the pipeline alone: download, engine, storing; no HTTP, no signature."""
    import django

    django.setup()
    from console.middleware import new_request_id
    from results.models import DetectionResult
    from results.services import Submission, moderate
    from rules.models import Service

    service = Service.objects.get(code=SERVICE)

    def run() -> object:
        submission = Submission(
            request_id=new_request_id(), source=DetectionResult.Source.API, url=url
        )
        return moderate(service=service, submission=submission)

    return run


def _print_latency(
    installation: Installation, server: WebServer, url: str, moderate: Callable[[], object]
) -> None:
    for _ in range(6):  # warm all processes
        send_all(server.port, [installation.request(url)], 1)
        moderate()
    alone, signed = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        moderate()
        alone.append(time.perf_counter() - started)
        signed += send_all(server.port, [installation.request(url)], 1)
    alone_ms, signed_ms = (statistics.median(values) * 1e3 for values in (alone, signed))
    added_ms = statistics.median(s - a for s, a in zip(signed, alone, strict=True)) * 1e3
    print(f"signed call: {signed_ms / alone_ms:.3f} x the pipeline alone (goal 1.05 or 5 ms more)")
    print(f"    {signed_ms:.1f} ms, pipeline {alone_ms:.1f} ms, {added_ms:+.1f} ms")


def _print_authentication(installation: Installation, url: str) -> None:
    """Print the processor time of signature, key, nonce and parameters, without HTTP."""
    from django.utils import timezone

    from openapi.authentication import authenticate
    from openapi.wire import WireRequest

    def wire_request() -> WireRequest:
        head, _, body = installation.request(url).partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")[1:]
        headers = dict(line.lower().split(": ", 1) for line in lines)
        headers |= dict(line.split(": ", 1) for line in lines if line.startswith("authorization"))
        headers["x-acs-action"] = "ImageModeration"
        headers["x-acs-date"] = headers["x-acs-date"].upper()
        return WireRequest("POST", "/", "", headers, body)

    requests = [wire_request() for _ in range(1000)]
    started = time.process_time()
    for request in requests:
        authenticate(request, request_id="", now=timezone.now())
    each_us = (time.process_time() - started) / len(requests) * 1e6
    print(f"signature, key, nonce and parameters: {each_us:.0f} µs of processor a call")


def _print_throughput(installation: Installation, server: WebServer, url: str) -> None:
    rates: dict[int, list[float]] = {clients: [] for clients in CLIENTS}
    for _ in range(THROUGHPUT_ROUNDS):
        for clients in CLIENTS:
            requests = [installation.request(url) for _ in range(IMAGES)]
            started = time.perf_counter()
            send_all(server.port, requests, clients)
            rates[clients].append(IMAGES / (time.perf_counter() - started))
    one_client = statistics.median(rates[1])
    for clients in CLIENTS:
        rate = statistics.median(rates[clients])
        print(f"{clients} clients: {rate:.1f} images/s, {rate / one_client:.2f} x one client")


if __name__ == "__main__":
    main()
