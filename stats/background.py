"""How the work in the background goes: broker, queue, workers."""

from __future__ import annotations

from dataclasses import dataclass

import redis
from django.conf import settings
from kombu.exceptions import OperationalError

from console.celery import app

_CONNECT_TIMEOUT_S = 0.5
_ANSWER_TIMEOUT_S = 0.7


@dataclass(frozen=True, slots=True)
class BackgroundStatus:
    """is_connected: whether the broker answers; the rest is 0 if it does not.

    queues: the name of each queue of the workers, with how many tasks wait in it.
    """

    is_connected: bool
    waiting: int = 0
    workers: int = 0
    queues: tuple[tuple[str, int], ...] = ()


def _queues_of_workers() -> list[str]:
    return [name for name in app.conf.task_queues if name != "publication"]


def background_status() -> BackgroundStatus:
    """Ask broker and workers; takes up to about a second."""
    broker = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=_CONNECT_TIMEOUT_S,
        socket_timeout=_CONNECT_TIMEOUT_S,
    )
    try:
        queues = tuple((queue, int(broker.llen(queue))) for queue in _queues_of_workers())
        workers = len(app.control.ping(timeout=_ANSWER_TIMEOUT_S) or ())
    except (redis.RedisError, OperationalError, OSError):
        return BackgroundStatus(is_connected=False)
    finally:
        broker.close()
    waiting = sum(length for _, length in queues)
    return BackgroundStatus(is_connected=True, waiting=waiting, workers=workers, queues=queues)
