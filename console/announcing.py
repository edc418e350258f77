"""The Redis channel by which processes hear at once that something was published.

Knows neither Django's models nor the apps, so that the publisher's process stays small.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

CHANNEL = "assay:publications"
_CONNECT_TIMEOUT_S = 2.0
_PATIENCE_S = 5.0  # without a word; Redis is asked then whether it is still there


def announce() -> None:
    """Have every process that listens look what was published."""
    with _connected() as client:
        client.publish(CHANNEL, "")


def listen(hear: Callable[[], object], stopping: threading.Event) -> None:
    """Call a function at once and at each announcement, until something is to stop.

    Raises redis.RedisError or OSError when Redis is lost.
    """
    with _connected() as client, client.pubsub() as channel:
        channel.subscribe(CHANNEL)
        is_asked = False
        while not stopping.is_set():
            message = channel.get_message(timeout=_PATIENCE_S)
            if message is not None:
                is_asked = False
                hear()
            elif is_asked:
                raise redis.TimeoutError("no answer")
            else:
                channel.ping()
                is_asked = True


def _connected() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=_CONNECT_TIMEOUT_S,
        socket_timeout=_CONNECT_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )
