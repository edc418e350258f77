"""How many calls a second an account, and an access key, may make.

A call counts in the calendar second in which it is checked (a fixed window), so the limit holds
for every full second of the clock. Calls of large-model services are counted apart. Counts are
kept in Redis for all processes together; while Redis is away each process counts for itself.

Limits of 400 and more are counted in blocks of half a percent: a process takes a block, then
admits as many calls without asking. So no more are ever admitted, but the last block of another
process may be left over when a second ends.
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
_BLOCKS = 200  # in which a limit is taken


def check_rate(access_key: AccessKey, *, uses_large_model: bool) -> None:
    """Count a call; raises RateExceeded if the account or the key made too many this second."""
    kind = "large-model" if uses_large_model else "usual"
    limit = settings.QPS_LIMIT_LARGE_MODEL if uses_large_model else settings.QPS_LIMIT
    counter = _counter(settings.REDIS_URL)
    if not counter.admits(f"account:{access_key.account_id}:{kind}", limit):
        raise RateExceeded(f"More than {limit} calls a second; wait a second and call again.")
    if access_key.qps_limit is None:
        return
    if not counter.admits(f"key:{access_key.pk}", access_key.qps_limit):
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
        self._second = 0
        self._admissions: dict[str, int] = {}  # in this second, that are still to be used
        self._local_counts: dict[str, int] = {}
        self._lock = Lock()

    def admits(self, name: str, limit: int) -> bool:
        """Count one call; say whether it is one of the first so many of this second."""
        second = int(self._clock())
        with self._lock:
            self._begin(second)
            left = self._admissions.get(name, 0)
            if left:
                self._admissions[name] = left - 1
                return True
        block = max(1, limit // _BLOCKS)
        admitted = min(block, limit - self._count(name, second, block) + block)
        if admitted > 1:
            with self._lock:
                if second == self._second:
                    self._admissions[name] = self._admissions.get(name, 0) + admitted - 1
        return admitted > 0

    def _begin(self, second: int) -> None:
        if second != self._second:
            self._second = second
            self._admissions.clear()
            self._local_counts.clear()

    def _count(self, name: str, second: int, calls: int) -> int:
        """Count calls and return how many there were in this second, these included."""
        if time.monotonic() >= self._redis_is_away_until:
            try:
                return self._count_in_redis(f"assay:calls:{name}:{second}", calls)
            except redis.RedisError as error:
                self._redis_is_away_until = time.monotonic() + self._retry_after_s
                logger.warning("calls are counted by each process alone: %s", error)
        with self._lock:
            self._local_counts[name] = self._local_counts.get(name, 0) + calls
            return self._local_counts[name]

    def _count_in_redis(self, key: str, calls: int) -> int:
        count = int(self._redis.incrby(key, calls))
        if count == calls:
            self._redis.expire(key, _KEY_LIFETIME_S)
        return count
