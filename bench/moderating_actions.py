"""Signed calls of every action that moderates, against the pipeline alone on the same picture.

In processor time of all processes that take part, which other work hardly changes.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence

from bench.installation import SERVICE, Installation
from bench.load import cpu_s, send_all
from bench.served import measured_console
from tests.web_server import WebServer

ROUNDS = 20
SERVICES = (SERVICE, "generalOcr", "faceDetect_global", "aigcDetector_global")
SEVERAL = (SERVICE, "generalOcr", "faceDetect_global")
_CONSOLE, _MODERATION = "2022-09-26", "2022-03-02"
Step = Callable[[], object]


def main() -> None:
    """Print a line for each action."""
    with measured_console() as (installation, server, url):
        import django

        django.setup()
        for name, signed, alone in _pairs(installation, server.port, url):
            _print_pair(name, server, signed, alone)


def _pairs(installation: Installation, port: int, url: str) -> Iterator[tuple[str, Step, Step]]:
    """Yield each action: its name, a whole call of it, and the pipeline that it runs."""

    def call(version: str, action: str, values: dict[str, str]) -> Step:
        return lambda: send_all(port, [installation.call(version, action, values)], 1)

    picture = json.dumps({"imageUrl": url})
    for code in SERVICES:
        values = {"Service": code, "ServiceParameters": picture}
        yield (
            f"ImageModeration {code}",
            call(_MODERATION, "ImageModeration", values),
            _pipeline([code], url),
        )
    values = {"Service": ",".join(SEVERAL), "ServiceParameters": picture}
    batch = call(_MODERATION, "ImageBatchModeration", values)
    yield f"ImageBatchModeration of {len(SEVERAL)} services", batch, _pipeline(SEVERAL, url)
    values = {"Service": SERVICE, "ServiceParameters": picture}
    later = call(_MODERATION, "ImageAsyncModeration", values)
    yield "ImageAsyncModeration", _then(later, _work_off_task), _pipeline([SERVICE], url)
    values = {"ResourceType": "image", "ServiceCode": SERVICE, "Url": url}
    tested = call(_CONSOLE, "CreateOnlineTest", values)
    yield "CreateOnlineTest", _then(tested, _work_off_test), _pipeline([SERVICE], url)


def _pipeline(codes: Sequence[str], url: str) -> Step:
    """Return the pipeline alone: download, engine, storing; no HTTP, no signature."""
    from console.middleware import new_request_id
    from results.models import DetectionResult
    from results.services import Submission, moderate_each
    from rules.models import Service

    services = [Service.objects.get(code=code) for code in codes]

    def run() -> object:
        submission = Submission(
            request_id=new_request_id(), source=DetectionResult.Source.API, url=url
        )
        return moderate_each(services=services, submission=submission)

    return run


def _then(first: Step, second: Step) -> Step:
    def run() -> None:
        first()
        second()

    return run


def _work_off_task() -> None:
    """Do what a worker does with the newest task."""
    from openapi.asynchronous import work
    from openapi.asynchronous.models import AsyncTask

    work.moderate(AsyncTask.objects.latest("pk").pk)


def _work_off_test() -> None:
    """Do what a worker does with the newest image of an online test."""
    from onlinetest.models import TestItem
    from onlinetest.work import moderate_item

    moderate_item(TestItem.objects.latest("pk").pk)


def _print_pair(name: str, server: WebServer, signed: Step, alone: Step) -> None:
    for _ in range(4):  # warm all processes
        signed()
        alone()
    pairs = [(_processor_ms(signed, server), _processor_ms(alone, server)) for _ in range(ROUNDS)]
    signed_ms, alone_ms = (statistics.mean(column) for column in zip(*pairs, strict=True))
    print(
        f"{name}: {signed_ms / alone_ms:.3f} x the processor time of the pipeline alone,"
        f" {signed_ms - alone_ms:+.1f} ms"
    )


def _processor_ms(step: Step, server: WebServer) -> float:
    """Return the processor time that a step takes here and in the server."""
    before = time.process_time() + cpu_s(server.pid)
    step()
    return (time.process_time() + cpu_s(server.pid) - before) * 1e3


if __name__ == "__main__":
    main()
