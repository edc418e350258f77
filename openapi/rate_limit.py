"""How many calls a second an account, and an access key, may make.

A call counts in the calendar second in which it is checked (a fixed window), so the limit holds
for every full second of the clock. Calls of large-model services are counted apart. Counts are
kept in Redis for all processes together; while Redis is away each process counts for itself.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from threading import Lock

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from console.models import AccessKey
from moderation.errors import RateExceeded

logger = logging.getLogger(__name__)

_REDIS_TIMEOUT_S = 0.1
_KEY_LIFETIME_S = 5


def check_rate(access_key: AccessKey, *, uses_large_model: bool) -> None:
    """Count a call; raises RateExceeded if the account or the key made too many this second."""
    kind = "large-model" if uses_large_model else "usual"
    limit = settings.QPS_LIMIT_LARGE_MODEL if uses_large_model else settings.QPS_LIMIT
    counter = _counter(settings.REDIS_URL)
    if counter.count(f"account:{access_key.account_id}:{kind}") > limit:
        raise RateExceeded(f"More than {limit} calls a second; wait a second and call again.")
    if access_key.qps_limit is None:
        return
    if counter.count(f"key:{access_key.pk}") > access_key.qps_limit:
        raise RateExceeded(
            f"More than {access_key.qps_limit} calls a second with this access key;"
            " wait a second and call again."
        )


@lru_cache
def _counter(redis_url: str) -> CallCounter:
    return CallCounter(redis_url)


class CallCounter:
    """Counts calls per second and name, in Redis or, while that is away, in this process.

    clock: seconds since 1970.
    retry_after_s: how long a Redis that failed is left alone, so that it does not slow calls.
    """

    def __init__(
        self,
        redis_url: str,
        *,
        clock: Callable[[], float] = time.time,
        retry_after_s: float = 5.0,
    ) -> None:
        self._clock = clock
        self._retry_after_s = retry_after_s
        self._redis = redis.Redis.from_url(
            redis_url,
            socket_timeout=_REDIS_TIMEOUT_S,
            socket_connect_timeout=_REDIS_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis_is_away_until = 0.0
        self._local_counts: dict[str, int] = {}
        self._local_second = 0
        self._lock = Lock()

    def count(self, name: str) -> int:
        """Count one call and return how many there were in this second, this one included."""
        second = int(self._clock())
        if time.monotonic() >= self._redis_is_away_until:
            try:
                return self._count_in_redis(f"assay:calls:{name}:{second}")
            except redis.RedisError as error:
                self._redis_is_away_until = time.monotonic() + self._retry_after_s
                logger.warning("calls are counted by each process alone: %s", error)
        return self._count_here(name, second)

    def _count_in_redis(self, key: str) -> int:
        count = int(self._redis.incr(key))
        if count == 1:
            self._redis.expire(key, _KEY_LIFETIME_S)
        return count

    def _count_here(self, name: str, second: int) -> int:
        with self._lock:
            if second != self._local_second:
                self._local_counts.clear()
                self._local_second = second
            count = self._local_counts.get(name, 0) + 1
            self._local_counts[name] = count
        return count
