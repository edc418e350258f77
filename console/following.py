"""Keeps what a process judges by up to date, in threads beside those that judge."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Protocol

import redis
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.utils.module_loading import import_string

from console.acknowledging import acknowledge, mark_live, register, show_alive, this_process
from console.announcing import listen
from console.models import ModeratingProcess

logger = logging.getLogger(__name__)

POLL_S = 2.0  # announcements may get lost
HEARTBEAT_S = 5.0
_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.2, 5.0  # until Redis is tried again
_FOLD_WITHIN_S = 8.0


class Followed(Protocol):
    """What a process judges by.

    is_followed: a thread keeps it up to date.
    needs_folding: fold() would make it quicker; that takes up to seconds.
    """

    is_followed: bool

    @property
    def needs_folding(self) -> bool: ...

    def catch_up(self) -> int: ...

    def fold(self) -> None: ...


def follow(kind: ModeratingProcess.Kind) -> Follower:
    """Begin to take over what is published, in this process; it may serve when this returns."""
    follower = Follower(import_string(settings.POLICIES), kind)
    follower.start()
    return follower


class Follower:
    """Takes over what is published and says so, for as long as the process lives.

    One thread takes over and acknowledges; one listens to Redis, which may hang as long as it
    likes; one shows that the process is alive, however long the first is busy.
    """

    def __init__(self, followed: Followed, kind: ModeratingProcess.Kind) -> None:
        self._followed = followed
        self._process = this_process(kind)
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._folding = threading.Thread()
        self._marked_number = 0

    def start(self) -> None:
        """Register, catch up, then follow in the background.

        In this order no publication is taken for live while this process does not have it.
        """
        _guarded(self._register)
        for work in (self._follow, self._listen, self._beat):
            name = f"publications{work.__name__}"
            threading.Thread(target=work, name=name, daemon=True).start()

    def stop(self) -> None:
        """Stop, and have nobody wait for this process any more."""
        self._stopping.set()
        self._news.set()
        _guarded(lambda: ModeratingProcess.objects.filter(pk=self._process.pk).delete())

    def _register(self) -> None:
        register(self._process)
        self._take_over()

    def _take_over(self) -> None:
        number = self._followed.catch_up()
        self._followed.is_followed = True
        if number != self._process.applied_number:
            acknowledge(self._process, number)
        self._marked_number = mark_live(self._marked_number)

    def _follow(self) -> None:
        while not self._stopping.is_set():
            self._news.wait(POLL_S)
            self._news.clear()
            _guarded(self._take_over)
            if self._followed.needs_folding and not self._folding.is_alive():
                self._folding = threading.Thread(target=self._fold, daemon=True)
                self._folding.start()

    def _fold(self) -> None:
        """Fold at another moment than the other processes, which heard the same news."""
        if not self._stopping.wait(random.uniform(0, _FOLD_WITHIN_S)):  # noqa: S311 - no secret
            _guarded(self._followed.fold)
        connection.close()

    def _listen(self) -> None:
        delay_s = _FIRST_DELAY_S
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                listen(self._news.set, self._stopping)
            except (redis.RedisError, OSError) as error:
                if time.monotonic() - started > _LONGEST_DELAY_S:  # it had been there
                    delay_s = _FIRST_DELAY_S
                log = logger.warning if delay_s == _FIRST_DELAY_S else logger.debug
                log("publications are looked for every %s s; Redis is away: %s", POLL_S, error)
            self._stopping.wait(delay_s)
            delay_s = min(2 * delay_s, _LONGEST_DELAY_S)

    def _beat(self) -> None:
        while not self._stopping.wait(HEARTBEAT_S):
            _guarded(lambda: show_alive(self._process))


def _guarded(step: Callable[[], object]) -> None:
    """Take a step; what breaks in it is tried again in the next round."""
    close_old_connections()
    try:
        step()
    except DatabaseError as error:
        logger.warning("the database is away: %s", error)
    except Exception:
        logger.exception("publications could not be taken over")
